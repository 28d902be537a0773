import Foundation

/// Ends a process that fails on purpose without the backtrace, which takes a second to make.
public func dieQuietly() {
    for trap in [SIGILL, SIGTRAP, SIGABRT] { signal(trap, SIG_DFL) }
}
