import MiniGPT

/// Models that a plan can start from.
public enum PlanPreset: String, Sendable, Codable, CaseIterable {
    /// nanoGPT's character model for a CPU.
    case shakespeareCharacters = "shakespeare-char"
    /// The model of the course.
    case course
    /// GPT-2 small (Radford et al. 2019).
    case gpt2
    /// GPT-2 medium.
    case gpt2Medium = "gpt2-medium"
    /// GPT-2 large.
    case gpt2Large = "gpt2-large"
    /// GPT-2 XL.
    case gpt2XL = "gpt2-xl"
    /// GPT-3 (Brown et al. 2020), with GPT-2's layout.
    case gpt3

    /// The preset's name for people: "GPT-2 medium".
    public var title: String {
        switch self {
        case .shakespeareCharacters: "Shakespeare, by character"
        case .course: "the course's model"
        case .gpt2: "GPT-2"
        case .gpt2Medium: "GPT-2 medium"
        case .gpt2Large: "GPT-2 large"
        case .gpt2XL: "GPT-2 XL"
        case .gpt3: "GPT-3"
        }
    }

    /// The sizes of the model.
    public var configuration: GPT.Configuration {
        switch self {
        case .shakespeareCharacters: .shakespeareCharacters(vocabularySize: 65)
        case .course: .course
        case .gpt2: .gpt2
        case .gpt2Medium: .gpt2Medium
        case .gpt2Large: .gpt2Large
        case .gpt2XL: .gpt2XL
        case .gpt3:
            GPT.Configuration(
                vocabularySize: 50_257, contextLength: 2_048, layers: 96, heads: 96, width: 12_288)
        }
    }

    /// Sequences that one machine holds at once.
    public var batch: Int {
        switch self {
        case .shakespeareCharacters: 12
        case .course: 32
        default: 1
        }
    }

    /// What it learns from, if that is known: GPT-3 saw 300 billion tokens (Brown et al. 2020, table
    /// 2.1); how many GPT-2 did was not published.
    public var length: PlanLength {
        switch self {
        case .shakespeareCharacters, .course: .steps(2_000)
        case .gpt3: .tokens(300_000_000_000)
        default: .optimal
        }
    }
}

/// How long a training is.
public enum PlanLength: Sendable, Equatable {
    /// A number of steps.
    case steps(Int)
    /// A number of tokens.
    case tokens(Int)
    /// 20 tokens for each parameter (Hoffmann et al. 2022, "Training compute-optimal large language
    /// models").
    case optimal
}
