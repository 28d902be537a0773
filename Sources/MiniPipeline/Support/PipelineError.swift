/// Something that a stage cannot go on with, as a sentence that names it and says what to do.
public struct PipelineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// An error with its sentence: "data/raw/text.txt is empty; collect again with `minigpt collect`."
    public init(_ description: String) { self.description = description }
}

/// Runs something of the library and passes its error on as a sentence, with what it is about before
/// it unless the sentence names that already.
package func describing<Value, Mistake: Error & CustomStringConvertible>(
    _ subject: String? = nil, _ body: () throws(Mistake) -> Value
) throws(PipelineError) -> Value {
    do {
        return try body()
    } catch {
        let sentence = error.description
        guard let subject, !sentence.contains(subject) else { throw PipelineError(sentence) }
        throw PipelineError("\(subject): \(sentence)")
    }
}
