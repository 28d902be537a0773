import Foundation

/// What tells one answer from another.
enum AnswerLabel {
    /// A name for an answer, as unlike any other as 96 random bits make it.
    static func id(_ prefix: String) -> String {
        let (a, b) = (UInt64.random(in: 0...UInt64.max), UInt32.random(in: 0...UInt32.max))
        return prefix + String(a, radix: 36) + String(b, radix: 36)
    }

    /// Now, in seconds since 1970.
    static var time: Int { Int(Date().timeIntervalSince1970) }
}
