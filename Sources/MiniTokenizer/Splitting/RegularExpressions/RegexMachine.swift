/// Runs a ``RegexProgram`` over a text: backtracking with an explicit stack and a bound on its work.
///
/// The text is valid UTF-8 and a text of its own: nothing outside it is looked at.
struct RegexMachine: ~Copyable {
    /// A way that was not taken.
    private struct Frame {
        /// Where to go on, and from which position.
        var instruction: Int32 = 0
        /// The slot to restore to `position`, or -1.
        var slot: Int32 = -1
        var position: Int
        /// Where a greedy loop must stop to give scalars back; `Int.max` for other frames.
        var lowest = Int.max
    }

    private static let failed = -1
    private static let exhausted = -2
    /// The most frames, 100 MB of them.
    private static let mostFrames = 1 << 22

    private let program: RegexProgram
    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    /// How many more steps may be done.
    private(set) var budget: Int
    private var searchStart = 0

    private var frames: UnsafeMutablePointer<Frame>
    private var frameCount = 0
    private var frameCapacity = 256
    private let slots: UnsafeMutablePointer<Int>

    /// - Parameter budget: how many steps all searches together may do.
    init(_ program: RegexProgram, _ bytes: UnsafePointer<UInt8>, count: Int, budget: Int) {
        self.program = program
        self.bytes = bytes
        self.count = count
        self.budget = budget
        frames = .allocate(capacity: frameCapacity)
        slots = .allocate(capacity: program.slotCount)
        slots.initialize(repeating: -1, count: program.slotCount)
    }

    deinit {
        frames.deallocate()
        slots.deallocate()
    }

    /// The first match that begins at `start` or after it, or `nil`.
    ///
    /// - Throws: ``RegexError`` when the budget is used up.
    mutating func firstMatch(from start: Int) throws(RegexError) -> Range<Int>? {
        searchStart = start
        var position = start
        while true {
            frameCount = 0
            for slot in 0..<program.slotCount { slots[slot] = -1 }
            slots[0] = position
            let end = run(from: 0, at: position, requiredEnd: -1)
            if end >= 0 { return min(slots[0], end)..<end }
            guard end == Self.failed else {
                throw RegexError(reason: "It needs too many steps at byte \(position) of a text.")
            }
            guard position < count else { return nil }
            position += length(at: position)
        }
    }

    // MARK: Scalars

    @inline(__always)
    private func length(at position: Int) -> Int {
        let lead = bytes[position]
        return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    @inline(__always)
    private func scalar(at position: Int, _ length: Int) -> UInt32 {
        let lead = UInt32(bytes[position])
        func rest(_ index: Int) -> UInt32 { UInt32(bytes[position + index] & 0x3F) }
        switch length {
        case 1: return lead
        case 2: return (lead & 0x1F) << 6 | rest(1)
        case 3: return (lead & 0x0F) << 12 | rest(1) << 6 | rest(2)
        default: return (lead & 0x07) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3)
        }
    }

    @inline(__always)
    private func start(before position: Int) -> Int {
        var start = position - 1
        while bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// The end of the scalar at `position`, if it is of the set; -1 otherwise.
    @inline(__always)
    private func end(ofScalarAt position: Int, in set: RegexProgram.SetReference) -> Int {
        guard position < count else { return -1 }
        let lead = bytes[position]
        if lead < 0x80 {
            let bits = lead < 64 ? set.low : set.high
            return bits >> UInt64(lead & 63) & 1 == 1 ? position + 1 : -1
        }
        let length = length(at: position)
        let value = scalar(at: position, length)
        // The number of ranges that begin at or before the scalar.
        var (low, high) = (0, Int(set.count))
        let base = Int(set.start)
        while low < high {
            let middle = (low + high) / 2
            if program.bounds[base + 2 * middle] <= value {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0, value <= program.bounds[base + 2 * low - 1] else { return -1 }
        return position + length
    }

    private func isWord(at position: Int) -> Bool {
        guard position < count else { return false }
        let lead = bytes[position]
        if lead < 0x80 {
            return (0x30...0x39).contains(lead) || (0x41...0x5A).contains(lead)
                || (0x61...0x7A).contains(lead) || lead == 0x5F
        }
        let value = scalar(at: position, length(at: position))
        let bounds = ScalarSet.word.bounds
        var (low, high) = (0, bounds.count / 2)
        while low < high {
            let middle = (low + high) / 2
            if bounds[2 * middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low > 0 && value <= bounds[2 * low - 1]
    }

    private func isAt(_ anchor: RegexAnchor?, _ position: Int) -> Bool {
        switch anchor {
        case .lineStart:
            position == 0 || position < count && bytes[position - 1] == 0x0A
        case .lineEnd: position == count || bytes[position] == 0x0A
        case .textStart: position == 0
        case .textEnd: position == count
        case .textEndOrLastNewline:
            position == count || position == count - 1 && bytes[position] == 0x0A
        case .searchStart: position == searchStart
        case .wordBoundary: isWordBoundary(position)
        case .noWordBoundary: !isWordBoundary(position)
        case .keep, nil: true
        }
    }

    private func isWordBoundary(_ position: Int) -> Bool {
        let before = position > 0 && isWord(at: start(before: position))
        return before != isWord(at: position)
    }

    // MARK: Frames

    @inline(__always)
    private mutating func push(_ frame: Frame) -> Bool {
        if frameCount == frameCapacity, !grow() { return false }
        frames[frameCount] = frame
        frameCount += 1
        return true
    }

    @inline(never)
    private mutating func grow() -> Bool {
        guard frameCapacity < Self.mostFrames else { return false }
        let larger = UnsafeMutablePointer<Frame>.allocate(capacity: frameCapacity * 2)
        larger.moveInitialize(from: frames, count: frameCount)
        frames.deallocate()
        frames = larger
        frameCapacity *= 2
        return true
    }

    /// Takes the last way that was not taken since `base`; `false` if there is none.
    @inline(__always)
    private mutating func backtrack(
        to base: Int, _ instruction: inout Int, _ position: inout Int
    ) -> Bool {
        while frameCount > base {
            let frame = frames[frameCount - 1]
            if frame.slot >= 0 {
                slots[Int(frame.slot)] = frame.position
                frameCount -= 1
                continue
            }
            instruction = Int(frame.instruction)
            position = frame.position
            if frame.lowest == Int.max {
                frameCount -= 1
            } else {
                position = start(before: position)
                if position > frame.lowest {
                    frames[frameCount - 1].position = position
                } else {
                    frameCount -= 1
                }
            }
            return true
        }
        return false
    }

    /// Forgets the ways since `base`; what restores groups stays if they matched in there.
    private mutating func forgetFrames(since base: Int, keepsGroups: Bool) {
        var kept = base
        for index in base..<frameCount {
            let slot = Int(frames[index].slot)
            guard keepsGroups, slot >= 0, slot < program.groupSlots else { continue }
            frames[kept] = frames[index]
            kept += 1
        }
        frameCount = kept
    }

    private mutating func restoreSlots(since base: Int) {
        while frameCount > base {
            frameCount -= 1
            let frame = frames[frameCount]
            if frame.slot >= 0 { slots[Int(frame.slot)] = frame.position }
        }
    }

    // MARK: Running

    /// The end of the match from an instruction and a position on, or why there is none.
    ///
    /// - Parameter requiredEnd: where the match must end, or -1.
    private mutating func run(from first: Int, at start: Int, requiredEnd: Int) -> Int {
        let base = frameCount
        var (next, position) = (first, start)
        running: while true {
            budget -= 1
            guard budget >= 0 else { return Self.exhausted }
            let instruction = program.code[next]
            switch instruction.operation {
            case .scalar:
                if position < count {
                    let length = length(at: position)
                    if scalar(at: position, length) == UInt32(instruction.first) {
                        position += length
                        next += 1
                        continue running
                    }
                }
            case .set:
                let end = end(ofScalarAt: position, in: program.sets[Int(instruction.first)])
                if end >= 0 {
                    position = end
                    next += 1
                    continue running
                }
            case .greedyLoop, .possessiveLoop:
                if loop(instruction, next, &position) {
                    next += 1
                    continue running
                }
                if budget < 0 { return Self.exhausted }
            case .jump:
                next = Int(instruction.first)
                continue running
            case .split:
                guard push(Frame(instruction: instruction.second, position: position)) else {
                    return Self.exhausted
                }
                next = Int(instruction.first)
                continue running
            case .save:
                let slot = Int(instruction.first)
                guard push(Frame(slot: instruction.first, position: slots[slot])) else {
                    return Self.exhausted
                }
                slots[slot] = position
                next += 1
                continue running
            case .leaveIfEmpty:
                next =
                    slots[Int(instruction.first)] == position
                    ? Int(instruction.second) : next + 1
                continue running
            case .backReference:
                if takeReference(program.references[Int(instruction.first)], &position) {
                    next += 1
                    continue running
                }
            case .anchor:
                if isAt(RegexAnchor(rawValue: instruction.first), position) {
                    next += 1
                    continue running
                }
            case .atomic, .lookAhead, .lookBehind:
                let before = frameCount
                let end =
                    instruction.operation == .lookBehind
                    ? lookBehind(next + 1, position, program.lengths[Int(instruction.third)])
                    : run(from: next + 1, at: position, requiredEnd: -1)
                if end == Self.exhausted { return end }
                let isNegative = instruction.second == 1
                if isNegative { restoreSlots(since: before) }
                if (end >= 0) != isNegative {
                    forgetFrames(since: before, keepsGroups: !isNegative)
                    if instruction.operation == .atomic { position = end }
                    next = Int(instruction.first)
                    continue running
                }
            case .accept:
                if requiredEnd < 0 || position == requiredEnd { return position }
            }
            guard backtrack(to: base, &next, &position) else { return Self.failed }
        }
    }

    /// Takes as many scalars of a set as it may; `false` if they are too few.
    @inline(__always)
    private mutating func loop(
        _ instruction: RegexInstruction, _ index: Int, _ position: inout Int
    ) -> Bool {
        let set = program.sets[Int(instruction.first)]
        let most = instruction.third < 0 ? Int.max : Int(instruction.third)
        let least = Int(instruction.second)
        var (taken, lowest, end) = (0, position, position)
        while taken < most {
            let after = self.end(ofScalarAt: end, in: set)
            if after < 0 { break }
            end = after
            taken += 1
            if taken == least { lowest = end }
        }
        budget -= taken
        guard taken >= least, budget >= 0 else { return false }
        position = end
        guard instruction.operation == .greedyLoop, end > lowest else { return true }
        let frame = Frame(instruction: Int32(index + 1), position: end, lowest: lowest)
        guard push(frame) else {
            budget = -1
            return false
        }
        return true
    }

    private mutating func takeReference(_ slotsOfGroups: [Int32], _ position: inout Int) -> Bool {
        for slot in slotsOfGroups {
            let (start, end) = (slots[Int(slot)], slots[Int(slot) + 1])
            guard start >= 0, end >= start else { continue }
            guard position + end - start <= count else { continue }
            budget -= end - start
            let isSame = (0..<end - start).allSatisfy {
                bytes[start + $0] == bytes[position + $0]
            }
            guard isSame else { continue }
            position += end - start
            return true
        }
        return false
    }

    /// Looks for a match that ends at `position`, the shortest first.
    private mutating func lookBehind(
        _ body: Int, _ position: Int, _ lengths: (minimum: Int, maximum: Int)
    ) -> Int {
        var (start, length) = (position, 0)
        while true {
            if length >= lengths.minimum {
                let end = run(from: body, at: start, requiredEnd: position)
                if end != Self.failed { return end }
            }
            guard start > 0, length < lengths.maximum else { return Self.failed }
            budget -= 1
            start = self.start(before: start)
            length += 1
        }
    }
}
