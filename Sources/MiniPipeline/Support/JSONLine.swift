import Foundation

/// Values as single lines of JSON, and as lists of names and values.
enum JSONLine {
    /// One line with its end, keys in alphabetical order.
    static func bytes(_ value: some Encodable) throws(PipelineError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(value) + Data("\n".utf8)
        } catch {
            throw PipelineError("\(type(of: value)) cannot be written as JSON: \(error)")
        }
    }

    /// The members of a value that are counts, but for those that are 0.
    static func counts(_ value: some Encodable) throws(PipelineError) -> [String: Int] {
        let counts = try? JSONDecoder().decode([String: Int].self, from: bytes(value))
        return (counts ?? [:]).filter { $0.value != 0 }
    }

    /// Settings as a record has them: members of members with a dot between.
    static func settings(_ value: some Encodable) throws(PipelineError) -> [String: String] {
        let object = try? JSONSerialization.jsonObject(with: bytes(value)) as? [String: Any]
        var settings: [String: String] = [:]
        for (name, value) in object ?? [:] {
            if let members = value as? [String: Any] {
                for (member, value) in members { settings["\(name).\(member)"] = "\(value)" }
            } else if let list = value as? [Any] {
                settings[name] = list.map { "\($0)" }.joined(separator: ",")
            } else {
                settings[name] = "\(value)"
            }
        }
        return settings
    }
}
