// The standard library's `precondition` keeps its sentence to itself in release builds: the process
// dies of a trap, and nobody learns that a width of 12 is not divisible by 5 heads. These two have
// its signature, and therefore take its place in every file that sees this module, but always speak.

/// Ends the process with a sentence, in release builds too, unless a condition holds.
@inlinable
@inline(__always)
package func precondition(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String = String(),
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { fatalError(message(), file: file, line: line) }
}

/// Ends the process with a sentence, in release builds too.
@inlinable
package func preconditionFailure(
    _ message: @autoclosure () -> String = String(), file: StaticString = #fileID,
    line: UInt = #line
) -> Never {
    fatalError(message(), file: file, line: line)
}
