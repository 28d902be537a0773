/// From rules as written to alternatives of bytes and rules.
///
/// Groups, choices within sequences, repetitions and characters of several bytes become rules of
/// their own. `x{m,n}` is m times x and n − m nested options, each a small rule; x itself is compiled
/// once, so repetitions of repetitions do not multiply.
struct GrammarCompiler {
    private typealias Element = Grammar.Element

    private let draft: GrammarDraft
    private(set) var sets: [ByteSet] = []
    private var setIndices: [ByteSet: Int] = [:]
    private var rules: [[[Grammar.Element]]]
    private var characterRules: [[ClosedRange<UInt32>]: Grammar.Element] = [:]
    private var elementCount = 0

    init(_ draft: GrammarDraft) {
        self.draft = draft
        rules = Array(repeating: [], count: draft.rules.count)
    }

    mutating func compile() throws(GrammarError) {
        for (index, expression) in draft.rules.enumerated() {
            guard let expression else { throw .undefinedRule(draft.names[index]) }
            rules[index] = try alternatives(expression)
        }
    }

    // MARK: Expressions

    private mutating func alternatives(
        _ expression: GrammarExpression
    ) throws(GrammarError) -> [[Grammar.Element]] {
        guard case .choice(let choices) = expression else { return [try sequence(expression)] }
        var result: [[Grammar.Element]] = []
        for choice in choices { result += try alternatives(choice) }
        return result
    }

    private mutating func sequence(
        _ expression: GrammarExpression
    ) throws(GrammarError) -> [Grammar.Element] {
        switch expression {
        case .bytes(let bytes): return try counted(bytes.map { element(ByteSet($0...$0)) })
        case .characters(let ranges): return try counted([character(ranges)])
        case .rule(let index): return try counted([.rule(index)])
        case .sequence(let parts):
            var result: [Grammar.Element] = []
            for part in parts { result += try sequence(part) }
            return result
        case .choice: return try counted([rule(try alternatives(expression))])
        case .repetition(let body, let least, let most):
            return try repetition(body, least: least, most: most)
        }
    }

    private mutating func repetition(
        _ body: GrammarExpression, least: Int, most: Int?
    ) throws(GrammarError) -> [Grammar.Element] {
        guard max(least, most ?? 0) <= GrammarLimits.repetitions else {
            throw .tooLarge("repetitions", limit: GrammarLimits.repetitions)
        }
        var once = try sequence(body)
        if once.isEmpty || most == 0 { return [] }
        if once.count > 1 { once = [rule([once])] }
        var result = try counted(Array(repeating: once[0], count: least))
        if let most {
            // (x (x (x)?)?)?: from the inside out.
            var rest: [Grammar.Element] = []
            for _ in least..<most { rest = try counted([rule([once + rest, []])]) }
            result += rest
        } else {
            rules.append([])
            let index = rules.count - 1
            rules[index] = [try counted(once + [.rule(index)]), []]
            result += try counted([.rule(index)])
        }
        return result
    }

    /// One character: a set of bytes if they all have one, else a rule.
    private mutating func character(_ ranges: [ClosedRange<UInt32>]) -> Grammar.Element {
        if let known = characterRules[ranges] { return known }
        var single = ByteSet()
        var longer: [[Grammar.Element]] = []
        for sequence in ranges.flatMap({ UTF8Ranges.sequences($0) }) {
            if sequence.count == 1 {
                single.formUnion(ByteSet(sequence[0]))
            } else {
                longer.append(sequence.map { element(ByteSet($0)) })
            }
        }
        var alternatives = longer
        if single != ByteSet() || longer.isEmpty { alternatives.insert([element(single)], at: 0) }
        let result = longer.isEmpty ? alternatives[0][0] : rule(alternatives)
        characterRules[ranges] = result
        return result
    }

    private mutating func element(_ set: ByteSet) -> Grammar.Element {
        if let index = setIndices[set] { return .bytes(index) }
        sets.append(set)
        setIndices[set] = sets.count - 1
        return .bytes(sets.count - 1)
    }

    private mutating func rule(_ alternatives: [[Grammar.Element]]) -> Grammar.Element {
        rules.append(alternatives)
        return .rule(rules.count - 1)
    }

    private mutating func counted(
        _ elements: [Grammar.Element]
    ) throws(GrammarError) -> [Grammar.Element] {
        elementCount += elements.count
        guard elementCount <= GrammarLimits.elements else {
            throw .tooLarge("elements", limit: GrammarLimits.elements)
        }
        return elements
    }

    // MARK: Checks

    /// The rules without alternatives that never end.
    ///
    /// - Throws: if the root never ends, or a rule begins with itself.
    func checked(root: Int) throws(GrammarError) -> [[[Grammar.Element]]] {
        let ends = fulfilled { element in
            guard case .bytes(let set) = element else { return nil }
            return sets[set] != ByteSet()
        }
        guard ends[root] else { throw .neverEnds(rule: name(of: root)) }
        let kept = rules.map { alternatives in
            alternatives.filter { alternative in
                alternative.allSatisfy { element in
                    switch element {
                    case .rule(let rule): ends[rule]
                    case .bytes(let set): sets[set] != ByteSet()
                    case .end: true
                    }
                }
            }
        }
        try checkLeftRecursion(kept)
        return kept
    }

    /// For each rule, whether one of its alternatives has only elements that fulfil a condition; of
    /// elements that are rules, those that are found to. A fixed point, each rule looked at again only
    /// when one it uses was found.
    private func fulfilled(_ isFulfilled: (Grammar.Element) -> Bool?) -> [Bool] {
        var result = [Bool](repeating: false, count: rules.count)
        var users = [[Int]](repeating: [], count: rules.count)
        for (index, alternatives) in rules.enumerated() {
            for case .rule(let used) in alternatives.joined() { users[used].append(index) }
        }
        var open = Array(rules.indices)
        while let index = open.popLast() {
            guard !result[index] else { continue }
            result[index] = rules[index].contains { alternative in
                alternative.allSatisfy { element in
                    if case .rule(let rule) = element { return result[rule] }
                    return isFulfilled(element) ?? true
                }
            }
            if result[index] { open += users[index] }
        }
        return result
    }

    /// Finds rules that can be entered again before anything is read.
    ///
    /// A rule whose last element is itself is entered without end too, but the way back from it is the
    /// same one each time, so the matcher comes to an end. Therefore a circle counts only if one of
    /// its steps leaves something to be done afterwards.
    private func checkLeftRecursion(_ rules: [[[Grammar.Element]]]) throws(GrammarError) {
        let isEmpty = fulfilled { element in
            if case .bytes = element { false } else { nil }
        }
        var edges = [[(to: Int, isLast: Bool)]](repeating: [], count: rules.count)
        for (index, alternatives) in rules.enumerated() {
            for alternative in alternatives {
                for (place, element) in alternative.enumerated() {
                    guard case .rule(let rule) = element else { break }
                    edges[index].append((rule, place == alternative.count - 1))
                    guard isEmpty[rule] else { break }
                }
            }
        }
        let components = StrongComponents(edges.map { $0.map(\.to) }).component
        for (index, edges) in edges.enumerated() {
            for edge in edges where !edge.isLast && components[index] == components[edge.to] {
                throw .leftRecursion(rule: name(of: index))
            }
        }
    }

    /// A name to show; of a rule that was made for a group, the named rule that uses it.
    private func name(of rule: Int) -> String {
        var rule = rule
        for _ in rules.indices where rule >= draft.names.count {
            let user = rules.indices.first { index in
                index != rule
                    && rules[index].joined().contains { $0 == .rule(rule) }
            }
            guard let user else { break }
            rule = user
        }
        return rule < draft.names.count ? draft.names[rule] : "a group"
    }
}

/// Which nodes of a graph reach each other: Tarjan's algorithm (1972), without recursion, since the
/// graph may come from outside and be deep.
struct StrongComponents {
    private(set) var component: [Int]

    init(_ edges: [[Int]]) {
        component = Array(repeating: -1, count: edges.count)
        var order = [Int](repeating: -1, count: edges.count)
        var lowest = order
        var isOpen = [Bool](repeating: false, count: edges.count)
        var open: [Int] = []
        var time = 0
        var found = 0
        for start in edges.indices where order[start] < 0 {
            var path: [(node: Int, edge: Int)] = [(start, 0)]
            while let (node, edge) = path.last {
                if edge == 0 {
                    order[node] = time
                    lowest[node] = time
                    time += 1
                    open.append(node)
                    isOpen[node] = true
                }
                if edge < edges[node].count {
                    path[path.count - 1].edge += 1
                    let next = edges[node][edge]
                    if order[next] < 0 {
                        path.append((next, 0))
                    } else if isOpen[next] {
                        lowest[node] = min(lowest[node], order[next])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node {
                    lowest[parent] = min(lowest[parent], lowest[node])
                }
                guard lowest[node] == order[node] else { continue }
                while let member = open.popLast() {
                    isOpen[member] = false
                    component[member] = found
                    if member == node { break }
                }
                found += 1
            }
        }
    }
}
