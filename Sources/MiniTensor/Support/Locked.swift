import CMiniKernels
import Foundation

/// A value that one thread at a time can reach.
///
/// The lock is a POSIX mutex: on Linux the thread sanitizer understands it, but not the `Mutex` of
/// the standard library.
final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Calls `body` with the value while no other thread has it.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock()
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Waits some microseconds before it sleeps: what is done with a value takes less.
    private func lock() {
        for _ in 0..<100 {
            if pthread_mutex_trylock(mutex) == 0 { return }
            mini_spin_hint()
        }
        pthread_mutex_lock(mutex)
    }
}
