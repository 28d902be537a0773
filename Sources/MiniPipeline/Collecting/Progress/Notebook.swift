import Synchronization

/// What a collection has to say while it goes on.
public enum CollectionEvent: Sendable, Equatable {
    /// So many of so many documents are there; the last one is named.
    case progress(Int, of: Int?, String)
    /// A server did not answer; with what is done about it.
    case retry(String)
    /// Something that the user may want to know, as a sentence.
    case note(String)
    /// What was asked for and left out.
    case skipped(SkippedText)
}

/// A text that was asked for and left out.
public struct SkippedText: Sendable, Codable, Equatable {
    /// The title, address or path of the text that was left out.
    public var name: String
    /// Why, as the end of a sentence: "is empty".
    public var reason: String
}

/// Takes down what happens in a collection and passes it on.
public final class Notebook: Sendable {
    private struct State {
        var skipped: [SkippedText] = []
        var notes: [String] = []
        var requests = 0
        var retries = 0
    }

    private let state = Mutex(State())
    private let tell: @Sendable (CollectionEvent) -> Void

    /// A notebook that passes on to somebody.
    public init(_ tell: @escaping @Sendable (CollectionEvent) -> Void = { _ in }) {
        self.tell = tell
    }

    /// The texts that were left out so far.
    public var skipped: [SkippedText] { state.withLock { $0.skipped } }
    /// How many questions went over the network.
    public var requests: Int { state.withLock { $0.requests } }
    /// How many of them failed and were asked again.
    public var retries: Int { state.withLock { $0.retries } }

    /// Notes that a text was left out, and why.
    public func skip(_ name: String, _ reason: String) {
        let text = SkippedText(name: name, reason: reason)
        state.withLock { $0.skipped.append(text) }
        tell(.skipped(text))
    }

    /// Passes a sentence on; the same sentence is passed on once.
    public func note(_ sentence: String) {
        let isNew = state.withLock { state in
            defer { if !state.notes.contains(sentence) { state.notes.append(sentence) } }
            return !state.notes.contains(sentence)
        }
        if isNew { tell(.note(sentence)) }
    }

    /// Tells that another document has been fetched.
    public func progress(_ count: Int, of total: Int?, _ name: String) {
        tell(.progress(count, of: total, name))
    }

    func retry(_ sentence: String) {
        state.withLock { $0.retries += 1 }
        tell(.retry(sentence))
    }

    func countRequest() { state.withLock { $0.requests += 1 } }
}
