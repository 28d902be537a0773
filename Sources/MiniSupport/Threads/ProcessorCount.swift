import Foundation

/// The processors this process may use.
package enum ProcessorCount {
    /// How many there are.
    package static var active: Int { ProcessInfo.processInfo.activeProcessorCount }
}
