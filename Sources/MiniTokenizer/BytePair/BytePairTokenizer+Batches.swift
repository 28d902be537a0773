import Dispatch
import Synchronization

extension BytePairTokenizer {
    /// The token ids of many texts, encoded on several threads; one long text alone as well.
    public func encode(batch texts: [String]) -> [[Int32]] {
        texts.count == 1
            ? [encodeInParallel(texts[0])]
            : encode(batch: texts, specialTokens: .asText, threads: nil)
    }

    /// The tokens of many texts, encoded on several threads.
    ///
    /// - Parameters:
    ///   - texts: the texts; the result has one entry for each, in order.
    ///   - specialTokens: whether names of special tokens in a text become those tokens.
    ///   - threads: how many threads to use; `nil` means one per processor.
    public func encode(
        batch texts: [String], specialTokens: SpecialTokenPolicy = .asText, threads: Int? = nil
    ) -> [[Int32]] {
        let results = ResultSlots(texts.count)
        // Several chunks per thread, since texts differ in length.
        let workers = max(1, min(threads ?? ProcessorCount.active, texts.count))
        let chunk = max(1, texts.count / (workers * 8))
        let cursor = Cursor()
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let start = cursor.advance(by: chunk)
                guard start < texts.count else { return }
                for index in start..<min(start + chunk, texts.count) {
                    results.set(index, encode(texts[index], specialTokens: specialTokens))
                }
            }
        }
        return results.take()
    }

    /// The tokens of one long text, encoded on several threads. The same as ``encode(_:)``.
    ///
    /// The text is cut where the splitting rule cuts anyway. Texts that cannot be cut without
    /// looking at all of it (added tokens that could match, normalisation, a custom rule) are
    /// encoded on one thread.
    public func encodeInParallel(_ text: String, threads: Int? = nil) -> [Int32] {
        let policy = SpecialTokenPolicy.asText
        let canCut =
            model.splitter.canCutAfterWords && normalizations.isEmpty
            && !model.settings.addsPrefixSpace && addedTokens.allSatisfy { $0.isSpecial }
        let workers = threads ?? ProcessorCount.active
        guard canCut, workers > 1 else { return encode(text, specialTokens: policy) }
        let bytes = ContiguousArray(text.utf8)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return [] }
            var chunks: [Range<Int>] = []
            var start = 0
            let size = max(1 << 16, buffer.count / (workers * 4))
            while start < buffer.count {
                let wanted = min(start + size, buffer.count)
                let end =
                    wanted == buffer.count
                    ? wanted : model.splitter.lastSafeCut(in: base, start..<wanted) ?? buffer.count
                chunks.append(start..<end)
                start = end
            }
            let shared = SharedText(base: base)
            let results = ResultSlots(chunks.count)
            DispatchQueue.concurrentPerform(iterations: chunks.count) { [chunks] index in
                let chunk = chunks[index]
                let scratch = model.scratches.take()
                defer { model.scratches.give(scratch) }
                var target = TokenBuffer(capacity: chunk.count / 3 + 16)
                withEncoder(scratch) { encoder in
                    encoder.encodePieces(shared.base, chunk, model.splitter, to: &target)
                }
                results.set(index, target.array())
            }
            return Array(results.take().joined())
        }
    }
}

/// Text that several threads read. Unchecked: nobody writes it, and it outlives them.
private struct SharedText: @unchecked Sendable {
    let base: UnsafePointer<UInt8>
}

/// One result per index. Unchecked: each index is written by one thread, and read after all.
private final class ResultSlots: @unchecked Sendable {
    private let slots: UnsafeMutableBufferPointer<[Int32]>

    init(_ count: Int) {
        slots = .allocate(capacity: count)
        slots.initialize(repeating: [])
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    func set(_ index: Int, _ tokens: [Int32]) { slots[index] = tokens }

    func take() -> [[Int32]] { Array(slots) }
}

/// Hands out ranges of work.
private final class Cursor: Sendable {
    private let next = Atomic(0)

    func advance(by count: Int) -> Int {
        next.wrappingAdd(count, ordering: .relaxed).oldValue
    }
}
