import MiniGPT
import MiniTensor

/// What a step of texts that are continued together did.
struct StepProgress {
    var promptTokens = 0
    var tokens = 0
    var finished = 0
}

/// The texts of one model that are continued together, whatever reads them.
protocol TextGroup {
    var model: LoadedModel { get }
    /// How many there are.
    var count: Int { get }

    /// Takes a text in, unless it is better to wait.
    ///
    /// - Returns: whether it was taken in.
    mutating func admit(_ ticket: GenerationTicket) -> Bool
    /// Lets every text read what it has to, and choose its next token if it has.
    mutating func step() -> StepProgress
    /// Ends all texts with the next step.
    func cancelAll()
}

extension TextGroup {
    var isEmpty: Bool { count == 0 }
}

/// The texts of one model that are continued together, and what remains of those before them.
///
/// It lives on the model's thread alone.
struct DecodingGroup<Batch: PredictorBatch>: TextGroup {
    let model: LoadedModel
    /// One sequence for each text, in the same order.
    private var batch: Batch
    private let newPredictor: () -> Batch.Predictor
    private var texts: [ActiveText] = []
    /// What texts that have ended had read, the last one last: others may begin the same way.
    private var kept: [Batch.Predictor] = []
    private let keptLimit: Int

    /// Rows that go through the model at once; more would keep the others waiting.
    private static var rows: Int { 128 }
    /// Fewer common tokens are not worth waiting for.
    private static var worthSharing: Int { 16 }

    /// A group without texts.
    ///
    /// - Parameters:
    ///   - keptLimit: predictors that are kept of texts that have ended.
    ///   - newPredictor: makes one that has read nothing.
    init(
        _ model: LoadedModel, _ batch: Batch, keeping keptLimit: Int,
        newPredictor: @escaping () -> Batch.Predictor
    ) {
        self.model = model
        self.batch = batch
        self.keptLimit = keptLimit
        self.newPredictor = newPredictor
    }

    var count: Int { texts.count }

    // MARK: Coming and going

    /// Takes a text in, unless another that begins the same way is just being read: then that is
    /// waited for, and its beginning shared.
    ///
    /// - Returns: whether it was taken in.
    mutating func admit(_ ticket: GenerationTicket) -> Bool {
        let window = ticket.window
        // Nothing could be read of it, so it would stay for ever.
        guard !window.isEmpty else {
            ticket.endUnstarted()
            return true
        }
        let known = kept + batch.sequences
        let lengths = known.map { commonPrefix($0.tokens, window) }
        let best = lengths.indices.max { lengths[$0] < lengths[$1] }
        let length = best.map { lengths[$0] } ?? 0
        for other in texts where !other.hasReadPrompt {
            let promise = commonPrefix(other.text.window, window)
            if promise >= length + Self.worthSharing { return false }
        }
        guard let text = ticket.takeText() else {
            ticket.end()
            return true
        }
        var predictor: Batch.Predictor
        if let best, length > 0 {
            predictor = known[best]
            predictor.keepFirst(min(length, predictor.tokens.count))
        } else {
            predictor = newPredictor()
        }
        texts.append(ActiveText(ticket: ticket, text: text))
        batch.sequences.append(predictor)
        return true
    }

    private func commonPrefix(_ tokens: [Int32], _ window: [Int32]) -> Int {
        zip(tokens, window.dropLast()).prefix { $0 == $1 }.count
    }

    /// Ends all texts with the next step.
    func cancelAll() { for text in texts { text.ticket.cancel() } }

    // MARK: A step

    /// Lets every text read what it has to, and choose its next token if it has.
    mutating func step() -> StepProgress {
        for index in texts.indices { prepare(index) }
        var progress = StepProgress(finished: dropFinished())
        guard !texts.isEmpty else { return progress }
        var room = Self.rows - texts.count
        var lists: [[Int32]] = []
        for index in texts.indices {
            let count = min(texts[index].unread.count, 1 + max(0, room))
            room -= count - 1
            lists.append(Array(texts[index].unread.prefix(count)))
            texts[index].unread.removeFirst(count)
            if !texts[index].hasReadPrompt { progress.promptTokens += count }
        }
        batch.read(lists)
        progress.tokens = texts.count { $0.unread.isEmpty }
        choose()
        return progress
    }

    /// Lets all texts that have read what they had to choose their next token, on all threads: a
    /// sampler looks at the whole vocabulary, and each text has its own.
    private mutating func choose() {
        let sequences = batch.sequences
        texts.withUnsafeMutableBufferPointer { buffer in
            let texts = buffer
            forEachChunk(of: texts.count, grain: 1) { range in
                for index in range where texts[index].unread.isEmpty {
                    texts[index].hasReadPrompt = true
                    texts[index].choose(after: sequences[index].logits)
                }
            }
        }
    }

    /// Finds out what a text has to read next, or that it is finished.
    private mutating func prepare(_ index: Int) {
        if texts[index].ticket.isCancelled { return texts[index].finish(.cancelled) }
        guard texts[index].unread.isEmpty, !texts[index].isFinished else { return }
        switch texts[index].text.reading(after: batch.sequences[index].tokens) {
        case .token(let token): texts[index].unread = [token]
        case .window(let window):
            let rest = batch.sequences[index].prepare(for: window)
            texts[index].text.noteKnown(window.count - rest.count)
            texts[index].unread = rest
        case nil: texts[index].finish(.length)
        }
    }

    /// Lets the places of finished texts go.
    private mutating func dropFinished() -> Int {
        guard texts.contains(where: \.isFinished) else { return 0 }
        var sequences = batch.sequences
        let before = texts.count
        for index in texts.indices.reversed() where texts[index].isFinished {
            texts.remove(at: index)
            kept.append(sequences.remove(at: index))
        }
        batch.sequences = sequences
        if kept.count > keptLimit { kept.removeFirst(kept.count - keptLimit) }
        return before - texts.count
    }
}

/// A text in its place in a group.
private struct ActiveText {
    let ticket: GenerationTicket
    var text: TextContinuation<SamplerChain, SplitMix64>
    /// What it has to read before the next token.
    var unread: [Int32] = []
    var hasReadPrompt = false
    var isFinished = false

    mutating func choose(after logits: [Float]) {
        let ticket = ticket
        do throws(GenerationError) {
            try text.choose(after: logits) { ticket.emit($0) }
        } catch {
            isFinished = true
            ticket.end(error)
        }
    }

    mutating func finish(_ reason: GenerationSummary.StopReason) {
        guard !isFinished else { return }
        isFinished = true
        let ticket = ticket
        let summary = text.finish(reason) { ticket.emit($0) }
        ticket.emit(.finished(summary))
        ticket.end()
    }
}
