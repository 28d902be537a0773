import MiniSupport

extension TokenizerError: JSONFailure {
    /// A malformed file, with the entry and the byte.
    package init(_ problem: JSONProblem) {
        self = .malformedFile(
            file: problem.file, entry: problem.entry, reason: problem.problem,
            byteOffset: problem.position)
    }

    /// A name from a file for an error: quoted, and its beginning only when it is long.
    static func quoted(_ name: some Collection<UInt8>) -> String {
        let isLong = name.count > 200
        return String(decoding: name.prefix(200), as: UTF8.self).debugDescription
            + (isLong ? "…" : "")
    }
}
