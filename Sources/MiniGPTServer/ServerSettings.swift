import MiniGPT

/// How a server is reached, and how much it takes on.
public struct ServerSettings: Sendable {
    /// Where it listens, who may use it, and what it takes from one connection.
    public var http = HTTPSettings()
    /// How long the answers of models may become.
    public var answers = AnswerLimits()
    /// The number format in which weights of GPTs are kept for generating.
    public var weights = NumberFormat.float32
    /// The most texts that are continued at once.
    public var slots = 8
    /// The most texts that wait for a slot.
    public var queue = 64
    /// The most models of a folder that stay in memory.
    public var models = 2
    /// The seconds that unfinished answers get when the server is asked to end.
    public var graceSeconds = 10
    /// The program that trains a new run; `nil` if no run can be started.
    public var program: String?
    /// The command that makes a first model, for the page to show where there is none.
    public var firstModelCommand: String?

    /// The defaults.
    public init() {}

    /// What cannot be used, as a sentence; `nil` if everything can.
    public var problem: String? {
        if let problem = http.problem { return problem }
        if slots < 1 || slots > 256 { return "The slots must be from 1 to 256, not \(slots)." }
        if queue < 0 || queue > 100_000 {
            return "The queue must hold from 0 to 100000 requests, not \(queue)."
        }
        if models < 1 { return "At least 1 model must stay in memory, not \(models)." }
        return nil
    }
}
