import MiniSupport

/// Why a stage of the pipeline cannot go on: what is wrong, in which setting if it is one, and what
/// helps.
///
/// `description` says it in words that fit any program. A program with its own names for settings
/// and stages, as a command line has flags, words it with `sentence(naming:advising:)`.
public struct PipelineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The setting whose value is wrong, if the error is in a setting.
    public let setting: Setting?
    /// What is wrong. After the name of `setting`, if there is one: "is 0, but must be at least 1".
    public let problem: String
    /// What helps, the first choice first.
    public let remedies: [Remedy]

    /// An error with what is wrong and what helps.
    ///
    /// - Parameter problem: a whole sentence if there are no remedies; without its full stop
    ///   otherwise.
    public init(_ problem: String, _ remedies: Remedy...) {
        self.init(setting: nil, problem, remedies)
    }

    /// An error in the value of a setting.
    ///
    /// - Parameter problem: what stands after the setting's name: "is 0, but must be at least 1.", as
    ///   the end of a sentence if there are no remedies.
    public init(_ setting: Setting, _ problem: String, _ remedies: Remedy...) {
        self.init(setting: setting, problem, remedies)
    }

    init(setting: Setting? = nil, _ problem: String, _ remedies: [Remedy]) {
        self.setting = setting
        self.problem = problem
        self.remedies = remedies
    }

    /// The error as one or more sentences, in the words of any program.
    public var description: String { sentence(naming: \.description) { $0.description } }

    /// The error as one or more sentences, in the words of one program.
    ///
    /// - Parameters:
    ///   - name: gives the name of a setting: "--batch".
    ///   - advice: gives a remedy as the end of a sentence: "run `minigpt clean` first".
    public func sentence(
        naming name: (Setting) -> String, advising advice: (Remedy) -> String
    ) -> String {
        let subject = setting.map { name($0) + " " } ?? ""
        guard let last = remedies.last else {
            return subject + problem
        }
        let first = remedies.dropLast().map(advice).joined(separator: ", ")
        let separator = remedies.count > 2 ? ", or " : remedies.count > 1 ? " or " : ""
        return "\(subject)\(problem); \(first)\(separator)\(advice(last))."
    }
}

extension PipelineError: Encodable {
    /// Writes the error as its sentence.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Runs something of the library and passes its error on as a sentence, with what it is about before
/// it unless the sentence names that already.
package func describing<Value, Mistake: Error & CustomStringConvertible>(
    _ subject: String? = nil, _ body: () throws(Mistake) -> Value
) throws(PipelineError) -> Value {
    do {
        return try body()
    } catch {
        throw PipelineError(
            subject.map { error.description.naming($0) } ?? error.description)
    }
}
