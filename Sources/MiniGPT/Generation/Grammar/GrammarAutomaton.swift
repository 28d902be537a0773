/// Follows a grammar byte by byte, and remembers every step it has worked out.
///
/// A pushdown automaton: a *frame* is a place in an alternative and the frame to go back to, so a
/// frame is a whole stack; a *state* is the set of all stacks that fit what was read. Frames and
/// states are numbered and kept, which makes of the grammar a deterministic automaton as it is used:
/// within a string or a number a few states come again and again, and a step is one look-up.
///
/// An alternative's last rule is entered without a frame to go back to. So repetition, which is
/// compiled to rules that end with themselves, does not make stacks grow.
struct GrammarAutomaton: Sendable {
    private struct Frame: Hashable, Sendable {
        var place: Int32
        var parent: Int32
    }

    /// The state for "cannot be".
    static let dead: Int32 = -1
    private static let unknown: Int32 = -2
    /// The stack with nothing left to do.
    private static let done: Int32 = 0
    /// What is remembered is forgotten when there are so many states.
    private static let stateLimit = 1 << 14

    private let grammar: Grammar
    /// Bytes that no set tells apart have one column in the table of steps.
    private let classOfByte: [UInt8]
    private let classCount: Int
    private let byteOfClass: [UInt8]

    private var frames: [Frame] = [Frame(place: -1, parent: -1)]
    private var frameNumbers: [Frame: Int32] = [:]
    /// The frames of each state, ascending.
    private var states: [[Int32]] = []
    private var stateNumbers: [[Int32]: Int32] = [:]
    private var steps: [Int32] = []

    /// The state before anything is read.
    private(set) var state: Int32 = 0

    /// - Throws: `GrammarError` if the beginning can be understood in too many ways.
    init(_ grammar: Grammar) throws(GrammarError) {
        self.grammar = grammar
        var numbers: [[Bool]: UInt8] = [:]
        var representatives: [UInt8] = []
        classOfByte = (0...255).map { byte in
            let key = grammar.sets.map { $0.contains(UInt8(byte)) }
            if let number = numbers[key] { return number }
            numbers[key] = UInt8(representatives.count)
            representatives.append(UInt8(byte))
            return UInt8(representatives.count - 1)
        }
        classCount = representatives.count
        byteOfClass = representatives
        var open = grammar.starts[grammar.root].map { Frame(place: $0, parent: Self.done) }
        state = number(of: try closure(&open))
    }

    /// Whether the text may end in a state.
    func mayEnd(_ state: Int32) -> Bool { states[Int(state)].first == Self.done }

    /// Whether anything can follow in a state.
    func canContinue(_ state: Int32) -> Bool { states[Int(state)].last != Self.done }

    /// The state after one more byte, or `dead`.
    mutating func step(_ state: Int32, _ byte: UInt8) throws(GrammarError) -> Int32 {
        let column = Int(classOfByte[Int(byte)])
        let index = Int(state) * classCount + column
        let known = steps[index]
        if known != Self.unknown { return known }
        let next = try successor(of: state, byteOfClass[column])
        steps[index] = next
        return next
    }

    /// Goes on by some bytes.
    ///
    /// - Returns: whether the grammar allows them; if not, the state stays.
    mutating func accept(_ bytes: [UInt8]) throws(GrammarError) -> Bool {
        var next = state
        for byte in bytes {
            next = try step(next, byte)
            if next == Self.dead { return false }
        }
        state = next
        return true
    }

    private mutating func successor(
        of state: Int32, _ byte: UInt8
    ) throws(GrammarError) -> Int32 {
        var open: [Frame] = []
        for number in states[Int(state)] where number != Self.done {
            let frame = frames[Int(number)]
            guard case .bytes(let set) = grammar.elements[Int(frame.place)],
                grammar.sets[set].contains(byte)
            else { continue }
            open.append(Frame(place: frame.place + 1, parent: frame.parent))
        }
        guard !open.isEmpty else { return Self.dead }
        return number(of: try closure(&open))
    }

    /// All stacks with a set of bytes on top, or done, that these lead to without reading.
    private mutating func closure(_ open: inout [Frame]) throws(GrammarError) -> [Int32] {
        var seen: Set<Frame> = []
        var result: Set<Int32> = []
        while let frame = open.popLast() {
            guard seen.insert(frame).inserted else { continue }
            // Rules of rules without bytes between them count too.
            guard seen.count <= 4 * GrammarLimits.readings,
                result.count <= GrammarLimits.readings
            else { throw .tooLarge("ways to read a text", limit: GrammarLimits.readings) }
            switch grammar.elements[Int(frame.place)] {
            case .bytes: result.insert(number(of: frame))
            case .end:
                if frame.parent == Self.done {
                    result.insert(Self.done)
                } else {
                    open.append(frames[Int(frame.parent)])
                }
            case .rule(let rule):
                var parent = frame.parent
                if grammar.elements[Int(frame.place) + 1] != .end {
                    parent = number(of: Frame(place: frame.place + 1, parent: frame.parent))
                }
                for start in grammar.starts[rule] {
                    open.append(Frame(place: start, parent: parent))
                }
            }
        }
        return result.sorted()
    }

    private mutating func number(of frame: Frame) -> Int32 {
        if let number = frameNumbers[frame] { return number }
        frames.append(frame)
        let number = Int32(frames.count - 1)
        frameNumbers[frame] = number
        return number
    }

    private mutating func number(of state: [Int32]) -> Int32 {
        if let number = stateNumbers[state] { return number }
        states.append(state)
        steps += repeatElement(Self.unknown, count: classCount)
        let number = Int32(states.count - 1)
        stateNumbers[state] = number
        return number
    }

    // MARK: Forgetting

    /// Forgets all but the present state if much is remembered; numbers of states change then.
    ///
    /// - Returns: whether it did.
    mutating func forgetIfLarge() -> Bool {
        guard states.count > Self.stateLimit else { return false }
        let (oldFrames, oldState) = (frames, states[Int(state)])
        frames = [Frame(place: -1, parent: -1)]
        frameNumbers = [:]
        states = []
        stateNumbers = [:]
        steps = []
        var moved: [Int32: Int32] = [Self.done: Self.done]
        for frame in oldState {
            // From the bottom of the stack up, without recursion: stacks may be deep.
            var path: [Int32] = []
            var next = frame
            while moved[next] == nil {
                path.append(next)
                next = oldFrames[Int(next)].parent
            }
            for old in path.reversed() {
                let frame = oldFrames[Int(old)]
                moved[old] = number(
                    of: Frame(place: frame.place, parent: moved[frame.parent] ?? Self.done))
            }
        }
        state = number(of: oldState.compactMap { moved[$0] }.sorted())
        return true
    }
}
