extension ScalarSet {
    /// The set with all scalars that differ from one of its own in case only (Unicode's simple case
    /// folding).
    var ignoringCase: ScalarSet {
        let table = CaseFolding.shared
        var result = ranges
        for members in table.groups where members.contains(where: contains) {
            result += members.map { $0...$0 }
        }
        return ScalarSet(ranges: result)
    }

    /// A scalar with all that differ from it in case only.
    static func ignoringCase(of scalar: UInt32) -> ScalarSet {
        let members = CaseFolding.shared.members(like: scalar)
        return ScalarSet(ranges: members.map { $0...$0 })
    }
}

/// Which scalars differ in case only.
///
/// Two do when upper and then lower case make the same scalar of them, which is what Unicode's simple
/// case folding comes to, but for the Turkish `ı`, which folds to itself.
private struct CaseFolding: Sendable {
    static let shared = CaseFolding()

    /// Scalars that fold to the same, two or more together.
    let groups: [[UInt32]]
    private let groupOf: [UInt32: Int]

    private init() {
        var members: [UInt32: [UInt32]] = [:]
        // No letter beyond U+1E943 has a case.
        for value: UInt32 in 0x41...0x1E943 {
            guard let scalar = Unicode.Scalar(value), scalar.properties.isCased || value == 0x345,
                !ScalarSet.isLater(scalar)
            else { continue }
            members[Self.folded(scalar), default: []].append(value)
        }
        groups = members.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
        var groupOf: [UInt32: Int] = [:]
        for (index, group) in groups.enumerated() {
            for member in group { groupOf[member] = index }
        }
        self.groupOf = groupOf
    }

    private static func folded(_ scalar: Unicode.Scalar) -> UInt32 {
        if scalar.value == 0x131 || scalar.value == 0x130 { return scalar.value }
        let upper = single(scalar.properties.uppercaseMapping) ?? scalar
        return (single(upper.properties.lowercaseMapping) ?? upper).value
    }

    private static func single(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }

    func members(like scalar: UInt32) -> [UInt32] {
        groupOf[scalar].map { groups[$0] } ?? [scalar]
    }
}
