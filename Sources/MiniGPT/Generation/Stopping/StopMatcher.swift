/// Finds the first of several texts in a stream of bytes, and lets nothing of it through.
///
/// What could be the beginning of one is held back until it is clear that it is not.
struct StopMatcher: Sendable {
    private let stops: [[UInt8]]
    private var held: [UInt8] = []

    init(_ stops: [String]) { self.stops = stops.map { Array($0.utf8) } }

    /// Takes bytes.
    ///
    /// - Returns: the bytes that can be let through now, and which text came, if one did: of several
    ///   the one that begins first, of those the first in the list.
    mutating func append(_ bytes: [UInt8]) -> (through: [UInt8], stop: Int?) {
        guard !stops.isEmpty else { return (bytes, nil) }
        held += bytes
        var first: (place: Int, stop: Int)?
        for (index, stop) in stops.enumerated() {
            guard let place = place(of: stop), place < first?.place ?? .max else { continue }
            first = (place, index)
        }
        if let first {
            defer { held = [] }
            return (Array(held[..<first.place]), first.stop)
        }
        let beginning = stops.map { lengthOfBeginning(of: $0) }.max() ?? 0
        let through = Array(held.dropLast(beginning))
        held.removeFirst(through.count)
        return (through, nil)
    }

    /// Ends the stream: what was held back is no stop text.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }

    private func place(of stop: [UInt8]) -> Int? {
        guard held.count >= stop.count else { return nil }
        return (0...(held.count - stop.count)).first { held[$0...].starts(with: stop) }
    }

    /// How many bytes at the end of what is held are the beginning of this text.
    private func lengthOfBeginning(of stop: [UInt8]) -> Int {
        var length = min(stop.count - 1, held.count)
        while length > 0, !held.suffix(length).elementsEqual(stop.prefix(length)) { length -= 1 }
        return length
    }
}
