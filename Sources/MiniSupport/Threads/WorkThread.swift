import Foundation

/// Starts a thread with the stack of a main thread (8 MiB instead of the 512 KiB that threads get on
/// some systems), for work that would keep Swift's shared threads too long.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
}
