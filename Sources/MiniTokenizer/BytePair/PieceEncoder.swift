/// Encodes the pieces of a text: cache first, then merges.
struct PieceEncoder {
    let loop: MergeLoop
    let scratch: EncodingScratch
    /// Whether a piece that is a token as a whole becomes it without looking at merges.
    let wholePieces: Bool
    let tokens: TokenStore

    /// Encodes all pieces of a range; a splitting rule that fails leaves its error in the scratch.
    @inline(__always)
    func encodePieces(
        _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, _ splitter: Splitter,
        to target: inout TokenBuffer
    ) {
        let count = range.upperBound
        do throws(TokenizerError) {
            try splitter.forEachPiece(in: bytes, range) { start, end in
                encodePiece(bytes, start, end, count: count, to: &target)
            }
        } catch {
            scratch.failure = error
        }
    }

    /// Encodes the piece `start..<end` of a text of `count` bytes.
    @inline(__always)
    func encodePiece(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, count: Int,
        to target: inout TokenBuffer, prefersWholePiece: Bool = false
    ) {
        let length = end - start
        // Four more than needed, because a hit writes four tokens and counts the real ones.
        target.reserve(length + 4)
        if length > PieceCache.longestPiece || prefersWholePiece {
            target.count += merge(
                bytes + start, length, to: target.base + target.count,
                prefersWholePiece: prefersWholePiece)
            return
        }
        let cache = scratch.cache
        let (low, high) = PieceCache.key(bytes + start, length, available: count - start)
        let place = PieceCache.place(low, high)
        var entry = cache.entries[place]
        if entry.low != low || entry.high != high { entry = cache.entries[place ^ 1] }
        if entry.low == low && entry.high == high {
            UnsafeMutableRawPointer(target.base + target.count)
                .storeBytes(of: entry.tokens, as: SIMD4<Int32>.self)
            // Absent tokens are -1, so the sign bits count them.
            let absent = entry.tokens &>> 31
            target.count += 4 + Int(absent.wrappedSum())
            return
        }
        let written = merge(bytes + start, length, to: target.base + target.count)
        if written <= 4 {
            var found = SIMD4<Int32>(repeating: -1)
            for index in 0..<written { found[index] = target.base[target.count + index] }
            cache.insert(low, high, found, at: place)
        }
        target.count += written
    }

    @inline(never)
    private func merge(
        _ bytes: UnsafePointer<UInt8>, _ length: Int, to target: UnsafeMutablePointer<Int32>,
        prefersWholePiece: Bool = false
    ) -> Int {
        if wholePieces || prefersWholePiece, let token = tokens.find(bytes, length) {
            target[0] = token
            return 1
        }
        return loop.encode(bytes, length, to: target, scratch.long)
    }
}
