import MiniGPT
import MiniSupport

extension JSONNode {
    /// The bytes of a token as a text, as good as one can be: what is no character reads as U+FFFD.
    static func text(of bytes: [UInt8]) -> JSONNode {
        .string(String(decoding: bytes, as: UTF8.self))
    }

    /// The bytes of a token as numbers.
    static func list(of bytes: [UInt8]) -> JSONNode { .array(bytes.map { .integer($0) }) }

    /// Rows of numbers, without a node for each: there can be a million.
    static func numbers(_ rows: some Sequence<some Sequence<Float>>) -> JSONNode {
        let text = rows.map { row in
            "[" + row.map { $0 == 0 ? "0" : $0.isFinite ? "\($0)" : "null" }.joined(separator: ",")
                + "]"
        }
        return .number("[" + text.joined(separator: ",") + "]")
    }
}
