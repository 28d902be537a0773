/// One instruction of a ``RegexProgram``.
struct RegexInstruction: Sendable {
    enum Operation: UInt8, Sendable {
        /// Takes the scalar `first`.
        case scalar
        /// Takes a scalar of the set `first`.
        case set
        /// Takes `second` to `third` scalars of the set `first`, as many as possible, and gives some
        /// back if it must.
        case greedyLoop
        /// The same, without giving any back.
        case possessiveLoop
        /// Goes on at `first`.
        case jump
        /// Goes on at `first`, and at `second` if that fails.
        case split
        /// Remembers the position in the slot `first`.
        case save
        /// Goes on at `second` if nothing was taken since the position in the slot `first`.
        case leaveIfEmpty
        /// Takes what one of the groups of the list `first` took last.
        case backReference
        /// Is at the place `first`, a ``RegexAnchor``.
        case anchor
        /// Runs what follows, up to `accept`, and goes on at `first` with its first way to match.
        case atomic
        /// Runs what follows, up to `accept`, and goes on at `first` where it stood, if that matched;
        /// if it did not match when `second` is 1.
        case lookAhead
        /// The same for what ends here and has the length `third` in the program's list.
        case lookBehind
        /// The end of the program, or of what `atomic` and the looks run.
        case accept
    }

    var operation: Operation
    var first: Int32 = 0
    var second: Int32 = 0
    var third: Int32 = 0
}

/// A regular expression as instructions for ``RegexMachine``.
struct RegexProgram: Sendable {
    /// A set: the bits of its ASCII scalars, and where the bounds of its ranges are.
    struct SetReference: Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var start: Int32
        var count: Int32
    }

    private(set) var code: [RegexInstruction] = []
    private(set) var sets: [SetReference] = []
    /// The bounds of all sets' ranges.
    private(set) var bounds: [UInt32] = []
    /// The slots of the groups of each list that a reference names: where they begin.
    private(set) var references: [[Int32]] = []
    /// The lengths of what look-behinds look for, in scalars.
    private(set) var lengths: [(minimum: Int, maximum: Int)] = []
    /// How many slots groups have: first where the match begins, then two for each group that is
    /// referred to.
    private(set) var groupSlots = 1
    /// How many slots there are: after those of groups, one for each repetition of what may be empty.
    private(set) var slotCount = 1

    private var indexOfSet: [ScalarSet: Int32] = [:]
    private var slotOfGroup: [Int: Int32] = [:]

    /// The most instructions: repetitions of groups are written out.
    private static let mostInstructions = 1 << 16

    init(_ node: RegexNode) throws(RegexError) {
        addGroups(of: node)
        slotCount = groupSlots
        try add(node)
        try add(.accept)
    }

    private mutating func addGroups(of node: RegexNode) {
        var referred: [Int] = []
        _ = node.contains { part in
            if case .backReference(let groups) = part { referred += groups }
            return false
        }
        for group in referred where slotOfGroup[group] == nil {
            slotOfGroup[group] = Int32(groupSlots)
            groupSlots += 2
        }
    }

    // MARK: Emitting

    @discardableResult
    private mutating func add(
        _ operation: RegexInstruction.Operation, _ first: Int32 = 0, _ second: Int32 = 0,
        _ third: Int32 = 0
    ) throws(RegexError) -> Int {
        guard code.count < Self.mostInstructions else {
            throw RegexError(reason: "It is too large: its repetitions of groups are too many.")
        }
        code.append(
            RegexInstruction(operation: operation, first: first, second: second, third: third))
        return code.count - 1
    }

    private var here: Int32 { Int32(code.count) }

    private mutating func index(of set: ScalarSet) -> Int32 {
        if let index = indexOfSet[set] { return index }
        var reference = SetReference(start: Int32(bounds.count), count: Int32(set.bounds.count / 2))
        for range in set.ranges.prefix(while: { $0.lowerBound < 128 }) {
            for scalar in range.clamped(to: 0...127) {
                if scalar < 64 {
                    reference.low |= 1 << UInt64(scalar)
                } else {
                    reference.high |= 1 << UInt64(scalar - 64)
                }
            }
        }
        bounds += set.bounds
        sets.append(reference)
        indexOfSet[set] = Int32(sets.count - 1)
        return Int32(sets.count - 1)
    }

    private mutating func add(_ node: RegexNode) throws(RegexError) {
        switch node {
        case .empty: break
        case .set(let set): try add(.set, index(of: set))
        case .character(let scalar, let ignoresCase):
            if ignoresCase { try addLetters([scalar]) } else { try add(.scalar, Int32(scalar)) }
        case .sequence(let parts): try add(sequence: parts)
        case .alternatives(let parts): try add(alternatives: parts)
        case .repetition(let body, let minimum, let maximum, let greed):
            try add(repeating: body, minimum, maximum, greed)
        case .capture(let body, let group):
            guard let slot = slotOfGroup[group] else { return try add(body) }
            try add(.save, slot)
            try add(body)
            try add(.save, slot + 1)
        case .backReference(let groups):
            references.append(groups.compactMap { slotOfGroup[$0] })
            try add(.backReference, Int32(references.count - 1))
        case .anchor(.keep): try add(.save, 0)
        case .anchor(let anchor): try add(.anchor, anchor.rawValue)
        case .atomic(let body): try add(running: body, .atomic)
        case .lookAhead(let body, let isNegative):
            try add(running: body, .lookAhead, isNegative ? 1 : 0)
        case .lookBehind(let body, let isNegative):
            let length = body.length
            lengths.append((length.minimum, length.maximum ?? Int.max))
            try add(running: body, .lookBehind, isNegative ? 1 : 0, Int32(lengths.count - 1))
        }
    }

    private mutating func add(
        running body: RegexNode, _ operation: RegexInstruction.Operation, _ second: Int32 = 0,
        _ third: Int32 = 0
    ) throws(RegexError) {
        let start = try add(operation, 0, second, third)
        try add(body)
        try add(.accept)
        code[start].first = here
    }

    private mutating func add(alternatives: [RegexNode]) throws(RegexError) {
        var ends: [Int] = []
        for (index, part) in alternatives.enumerated() {
            guard index < alternatives.count - 1 else {
                try add(part)
                break
            }
            let split = try add(.split, here + 1)
            try add(part)
            ends.append(try add(.jump))
            code[split].second = here
        }
        for end in ends { code[end].first = here }
    }

    // MARK: Letters in any case

    private mutating func add(sequence parts: [RegexNode]) throws(RegexError) {
        var letters: [UInt32] = []
        for part in parts {
            if case .character(let scalar, ignoresCase: true) = part {
                letters.append(scalar)
            } else {
                try addLetters(letters)
                letters = []
                try add(part)
            }
        }
        try addLetters(letters)
    }

    /// Letters in any case, among them such as are one character together.
    private mutating func addLetters(_ given: [UInt32]) throws(RegexError) {
        guard !given.isEmpty else { return }
        let letters = given.flatMap { CaseLigature.decomposed($0) ?? [$0] }
        let folded = letters.map { ScalarSet.ignoringCase(of: $0) }
        // Where each letter's code begins, and the jumps to letters further on.
        var starts: [Int32] = []
        var jumps: [(instruction: Int, letter: Int)] = []
        for index in letters.indices {
            starts.append(here)
            for ligature in CaseLigature.all
            where folded[index...].count >= ligature.letters.count
                && zip(folded[index...], ligature.letters).allSatisfy({ $0.contains($1) })
            {
                let split = try add(.split, here + 1)
                try add(
                    .set, self.index(of: ScalarSet(ranges: ligature.characters.map { $0...$0 })))
                jumps.append((try add(.jump), index + ligature.letters.count))
                code[split].second = here
            }
            try add(.set, self.index(of: folded[index]))
        }
        starts.append(here)
        for jump in jumps { code[jump.instruction].first = starts[jump.letter] }
    }

    // MARK: Repetitions

    private mutating func add(
        repeating body: RegexNode, _ minimum: Int, _ maximum: Int?, _ greed: RegexGreed
    ) throws(RegexError) {
        if let set = body.singleSet, greed != .lazy {
            try add(
                greed == .greedy ? .greedyLoop : .possessiveLoop, index(of: set), Int32(minimum),
                Int32(maximum ?? -1))
            return
        }
        if greed == .possessive {
            let greedy = RegexNode.repetition(body, minimum: minimum, maximum: maximum, .greedy)
            return try add(running: greedy, .atomic)
        }
        for _ in 0..<minimum { try add(body) }
        if let maximum {
            try add(optional: body, times: maximum - minimum, greed)
        } else {
            try add(unbounded: body, greed)
        }
    }

    /// A split into `body`, which follows, and a place that ``setExit(of:_:)`` gives later.
    private mutating func addSplit(_ greed: RegexGreed) throws(RegexError) -> Int {
        try add(.split, here + 1, here + 1)
    }

    private mutating func setExit(of split: Int, _ greed: RegexGreed) {
        if greed == .lazy {
            code[split].second = code[split].first
            code[split].first = here
        } else {
            code[split].second = here
        }
    }

    private mutating func add(
        optional body: RegexNode, times: Int, _ greed: RegexGreed
    ) throws(RegexError) {
        var splits: [Int] = []
        for _ in 0..<times {
            splits.append(try addSplit(greed))
            try add(body)
        }
        for split in splits { setExit(of: split, greed) }
    }

    private mutating func add(unbounded body: RegexNode, _ greed: RegexGreed) throws(RegexError) {
        let split = try addSplit(greed)
        var check: Int?
        if body.length.minimum == 0 {
            // A round that took nothing ends the repetition, which would not end otherwise.
            let slot = Int32(slotCount)
            slotCount += 1
            try add(.save, slot)
            try add(body)
            check = try add(.leaveIfEmpty, slot)
        } else {
            try add(body)
        }
        try add(.jump, Int32(split))
        setExit(of: split, greed)
        if let check { code[check].second = here }
    }
}
