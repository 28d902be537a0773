import Foundation

/// How fast a server is asked, and how long one goes on asking a server that does not answer.
public struct Pace: Sendable, Equatable {
    /// At least so many seconds lie between two questions.
    public var interval = 1.0
    /// A question is asked at most so many times.
    public var attempts = 6
    /// So many seconds after the first failure it is asked again; each time twice as many.
    public var firstWait = 1.0
    /// At most so many seconds. A server that wants more gets them by the user's coming back later.
    public var longestWait = 120.0
    /// An answer that takes more seconds is given up.
    public var deadline = 60.0

    /// The pace that suits a public server: one question a second.
    public init() {}

    /// How long to wait after a failure, in seconds: exponential, and at random between half and all
    /// of it, so that clients which failed together do not come back together (Brooker 2015,
    /// "Exponential Backoff And Jitter").
    ///
    /// - Parameters:
    ///   - failures: how many there were, from 1.
    ///   - chance: at random from 0 to 1.
    func wait(after failures: Int, chance: Double) -> Double {
        let whole = min(longestWait, firstWait * pow(2, Double(failures - 1)))
        return whole * (0.5 + chance / 2)
    }
}

/// The header `Retry-After`: seconds, or a date in one of the three forms of RFC 9110, 5.6.7.
enum RetryAfter {
    /// Seconds from now on; `nil` if the text means nothing.
    static func seconds(_ text: String, now: Date) -> Double? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if text.allSatisfy(\.isNumber), let seconds = Double(text) {
            return seconds
        }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        for format in [
            "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'",
            "EEE MMM d HH:mm:ss yyyy",
        ] {
            formatter.dateFormat = format
            if let date = formatter.date(from: text) {
                return max(0, date.timeIntervalSince(now))
            }
        }
        return nil
    }
}

/// Time as a collection sees it; tests have one of their own.
package struct Timekeeper: Sendable {
    /// Seconds since some moment.
    package var now: @Sendable () -> Double
    /// The date, for servers that name one.
    package var date: @Sendable () -> Date
    /// Waits for a number of seconds.
    package var sleep: @Sendable (Double) async throws -> Void

    /// A time.
    package init(
        now: @escaping @Sendable () -> Double, date: @escaping @Sendable () -> Date,
        sleep: @escaping @Sendable (Double) async throws -> Void
    ) {
        self.now = now
        self.date = date
        self.sleep = sleep
    }

    /// The time of the world.
    package static let real = Timekeeper(
        now: { ProcessInfo.processInfo.systemUptime }, date: { Date() },
        sleep: { try await Task.sleep(for: .seconds($0)) })
}
