// The standard library's `precondition` keeps its sentence to itself in release builds: the process
// dies of a trap, and nobody learns why. These two have its signature, and therefore take its place
// throughout the package's tokenizers, but always speak.

/// Ends the process with a sentence, in release builds too, unless a condition holds.
@inline(__always)
func precondition(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String = String(),
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { fatalError(message(), file: file, line: line) }
}

/// Ends the process with a sentence, in release builds too.
func preconditionFailure(
    _ message: @autoclosure () -> String = String(), file: StaticString = #fileID,
    line: UInt = #line
) -> Never {
    fatalError(message(), file: file, line: line)
}
