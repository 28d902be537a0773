import ArgumentParser
import MiniGPT
import MiniPipeline

/// Checks what came from flags: what the library refuses is a mistake of use, named as the flag is.
func checkingFlags<Result>(
    _ body: () throws(GenerationParameterError) -> Result
) throws -> Result {
    do { return try body() } catch { throw ValidationError(FlagNames.sentence(error)) }
}

/// Runs a generation, and says what went wrong in the words of the flags.
func generating<Result>(
    _ body: () throws(GenerationError) -> Result
) throws -> Result {
    do {
        return try body()
    } catch {
        if case .parameter(let error) = error {
            throw ValidationError(FlagNames.sentence(error))
        }
        throw PipelineError(error.description)
    }
}

/// The flags' names of the library's parameters.
private enum FlagNames {
    static func sentence(_ error: GenerationParameterError) -> String {
        let others = [
            "maximumTokens": "tokens", "stopStrings": "stop", "keepingFirst": "keep",
            "samplers": "order",
        ]
        let words = error.name.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }
        let name = others[error.name] ?? words.joined()
        return "--\(name) is \(error.value), but must be \(error.allowed)."
    }
}
