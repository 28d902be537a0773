import Dispatch
import Synchronization

extension BytePairTokenizer {
    /// The token ids of many texts, encoded on several threads; one long text alone as well.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func encode(batch texts: [String]) throws(TokenizerError) -> [[Int32]] {
        texts.count == 1
            ? [try encodeInParallel(texts[0])]
            : try encode(batch: texts, specialTokens: .asText, threads: nil)
    }

    /// The tokens of many texts, encoded on several threads.
    ///
    /// - Parameters:
    ///   - texts: the texts; the result has one entry for each, in order.
    ///   - specialTokens: whether names of special tokens in a text become those tokens.
    ///   - threads: how many threads to use; `nil` means one per processor.
    /// - Throws: as ``encode(_:)`` does.
    public func encode(
        batch texts: [String], specialTokens: SpecialTokenPolicy = .asText, threads: Int? = nil
    ) throws(TokenizerError) -> [[Int32]] {
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
                    results.set(
                        index,
                        Result { () throws(TokenizerError) in
                            try encode(texts[index], specialTokens: specialTokens)
                        })
                }
            }
        }
        return try results.take()
    }

    /// The tokens of one long text, encoded on several threads. The same as ``encode(_:)``.
    ///
    /// The text is cut where the splitting rule cuts anyway. Texts that cannot be cut without
    /// looking at all of it (added tokens that could match, normalisation, a custom rule) are
    /// encoded on one thread.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func encodeInParallel(
        _ text: String, threads: Int? = nil
    ) throws(TokenizerError) -> [Int32] {
        let policy = SpecialTokenPolicy.asText
        let canCut =
            model.splitter.canCutAfterWords && normalizations.isEmpty
            && !model.settings.addsPrefixSpace && addedTokens.allSatisfy { $0.isSpecial }
        let workers = threads ?? ProcessorCount.active
        guard canCut, workers > 1 else { return try encode(text, specialTokens: policy) }
        let bytes = ContiguousArray(text.utf8)
        let results = bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return ResultSlots(0) }
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
                // Rules that text can be cut for never fail.
                results.set(index, .success(target.array()))
            }
            return results
        }
        return Array(try results.take().joined())
    }
}

/// Text that several threads read. Unchecked: nobody writes it, and it outlives them.
private struct SharedText: @unchecked Sendable {
    let base: UnsafePointer<UInt8>
}

/// One result per index. Unchecked: each index is written by one thread, and read after all.
private final class ResultSlots: @unchecked Sendable {
    private let slots: UnsafeMutableBufferPointer<Result<[Int32], TokenizerError>>

    init(_ count: Int) {
        slots = .allocate(capacity: count)
        slots.initialize(repeating: .success([]))
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    func set(_ index: Int, _ tokens: Result<[Int32], TokenizerError>) { slots[index] = tokens }

    /// The results, or the first failure.
    func take() throws(TokenizerError) -> [[Int32]] {
        var result: [[Int32]] = []
        for slot in slots { result.append(try slot.get()) }
        return result
    }
}

/// Hands out ranges of work.
private final class Cursor: Sendable {
    private let next = Atomic(0)

    func advance(by count: Int) -> Int {
        next.wrappingAdd(count, ordering: .relaxed).oldValue
    }
}
