/// What a check found.
public struct Diagnosis: Sendable, Codable, Equatable {
    /// How good what a check looked at is.
    public enum State: String, Sendable, Codable {
        /// All is as it should be.
        case good = "ok"
        /// It works, but slower or with less than there could be.
        case warning
        /// Something does not work: results or files cannot be relied on.
        case failure
    }

    /// How good what the check looked at is.
    public var state: State
    /// What was found, in a few words.
    public var detail: String
    /// What to do about it, as a sentence; `nil` if nothing is to be done.
    public var remedy: String?
    /// The setting of the program that the remedy is about, if there is one.
    public var setting: Setting?
    /// The measured values by name, for programs.
    public var facts: [String: String]

    /// A diagnosis: how good it is, what was found, and what to do about it.
    public init(
        _ state: State, _ detail: String, remedy: String? = nil, setting: Setting? = nil,
        facts: [String: String] = [:]
    ) {
        self.state = state
        self.detail = detail
        self.remedy = remedy
        self.setting = setting
        self.facts = facts
    }
}

/// One thing that a `Doctor` looks at.
///
///     struct EnoughTea: Check {
///         let name = "tea"
///         func examine() -> Diagnosis { Diagnosis(.good, "three cups") }
///     }
///
/// What it throws is a failure, with the error as its sentence.
public protocol Check: Sendable {
    /// What it is about: "memory".
    var name: String { get }
    /// Looks, and says what it found.
    func examine() throws -> Diagnosis
}

/// What a check found, with its name and how long it took.
public struct Finding: Sendable, Codable, Equatable {
    /// The name of the check: "memory".
    public let name: String
    /// What the check found.
    public let diagnosis: Diagnosis
    /// How long the check took.
    public let seconds: Double
}
