/// Finds added tokens in a text: the leftmost match, and the longest of several at one place.
struct AddedTokenMatcher: Sendable {
    private struct Candidate: Sendable {
        var bytes: [UInt8]
        var token: AddedToken
    }

    /// Candidates by their first byte, longest first; `nil` for most bytes.
    private var byFirstByte = [[Candidate]?](repeating: nil, count: 256)
    let isEmpty: Bool

    /// A matcher of tokens.
    ///
    /// - Parameter content: what is looked for instead of a token's content, such as its
    ///   normalised form. A token for which that is empty is never found.
    init(
        _ tokens: some Sequence<AddedToken>,
        content: (AddedToken) -> [UInt8] = { Array($0.content.utf8) }
    ) {
        var isEmpty = true
        for token in tokens {
            let bytes = content(token)
            guard !bytes.isEmpty else { continue }
            byFirstByte[Int(bytes[0]), default: []].append(.init(bytes: bytes, token: token))
            isEmpty = false
        }
        for index in byFirstByte.indices {
            byFirstByte[index]?.sort { $0.bytes.count > $1.bytes.count }
        }
        self.isEmpty = isEmpty
    }

    /// A stretch of the text: plain, or an added token.
    struct Segment {
        var range: Range<Int>
        var token: AddedToken?
    }

    /// The text in segments, in order. The rules for flags are those of Hugging Face's
    /// `added_vocabulary.rs`.
    func segments(
        of bytes: UnsafePointer<UInt8>, _ range: Range<Int>, policy: SpecialTokenPolicy
    ) -> [Segment] {
        guard !isEmpty else { return range.isEmpty ? [] : [Segment(range: range)] }
        var segments: [Segment] = []
        var plainStart = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            guard let candidates = byFirstByte[Int(bytes[index])],
                let found = candidates.first(where: { matches($0, bytes, index, range.upperBound) })
            else {
                index += 1
                continue
            }
            var start = index
            var end = index + found.bytes.count
            // Matches do not overlap, also when one is then refused.
            index = end
            guard policy.recognizes(found.token) else { continue }
            if found.token.isSingleWord {
                let before = Self.lastScalar(before: start, in: bytes, from: range.lowerBound)
                let after = Self.scalar(at: end, in: bytes, end: range.upperBound)
                if before?.isWord ?? false || after?.isWord ?? false { continue }
            }
            if found.token.stripsLeft {
                start = max(start, min(plainStart, end))
                while start > plainStart {
                    guard
                        let scalar = Self.lastScalar(before: start, in: bytes, from: plainStart),
                        scalar.properties.isWhitespace
                    else { break }
                    start -= UTF8.width(scalar)
                }
            }
            if found.token.stripsRight {
                while let scalar = Self.scalar(at: end, in: bytes, end: range.upperBound),
                    scalar.properties.isWhitespace
                {
                    end += UTF8.width(scalar)
                }
            }
            if start > plainStart { segments.append(Segment(range: plainStart..<start)) }
            segments.append(Segment(range: start..<end, token: found.token))
            // As in the original, white space that a token takes along may be a token as well.
            plainStart = end
        }
        if plainStart < range.upperBound {
            segments.append(Segment(range: plainStart..<range.upperBound))
        }
        return segments
    }

    private func matches(
        _ candidate: Candidate, _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int
    ) -> Bool {
        guard end - start >= candidate.bytes.count else { return false }
        for offset in 1..<max(candidate.bytes.count, 1)
        where bytes[start + offset] != candidate.bytes[offset] {
            return false
        }
        return true
    }

    private static func scalar(
        at start: Int, in bytes: UnsafePointer<UInt8>, end: Int
    ) -> Unicode.Scalar? {
        guard start < end else { return nil }
        let (value, length) = UTF8Decoding.scalar(at: start, in: bytes, end: end)
        return length == 0 ? nil : Unicode.Scalar(value)
    }

    private static func lastScalar(
        before end: Int, in bytes: UnsafePointer<UInt8>, from lower: Int
    ) -> Unicode.Scalar? {
        for length in 1...4 where end - length >= lower {
            let (value, found) = UTF8Decoding.scalar(at: end - length, in: bytes, end: end)
            if found == length { return Unicode.Scalar(value) }
        }
        return nil
    }
}

extension Array {
    /// The optional element at `index`, or a value to put there.
    fileprivate subscript<Wrapped>(
        index: Int, default value: @autoclosure () -> Wrapped
    ) -> Wrapped where Element == Wrapped? {
        get { self[index] ?? value() }
        set { self[index] = newValue }
    }
}
