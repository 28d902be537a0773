/// A regular expression as a tree.
indirect enum RegexNode: Hashable, Sendable {
    /// Nothing.
    case empty
    /// One scalar of a set.
    case set(ScalarSet)
    /// A character that stands for itself; without regard to its case if that was asked for.
    case character(UInt32, ignoresCase: Bool)
    /// One after the other.
    case sequence([RegexNode])
    /// One of several, the earlier the better.
    case alternatives([RegexNode])
    /// So many times the same.
    case repetition(RegexNode, minimum: Int, maximum: Int?, RegexGreed)
    /// A group that back references can name.
    case capture(RegexNode, index: Int)
    /// What the group with that number matched last; of several, the last one that did.
    case backReference([Int])
    /// A place in the text.
    case anchor(RegexAnchor)
    /// A group that gives nothing back once it has matched.
    case atomic(RegexNode)
    /// What must follow, or must not, without being part of the match.
    case lookAhead(RegexNode, isNegative: Bool)
    /// What must precede, or must not.
    case lookBehind(RegexNode, isNegative: Bool)
}

/// How often a repetition tries first.
enum RegexGreed: Hashable, Sendable {
    /// As often as possible.
    case greedy
    /// As seldom as possible.
    case lazy
    /// As often as possible, and never less.
    case possessive
}

/// A place in a text.
enum RegexAnchor: Int32, Hashable, Sendable {
    /// `^`: the start of the text, and after each line feed that does not end it.
    case lineStart
    /// `$`: the end of the text, and before each line feed.
    case lineEnd
    /// `\A`
    case textStart
    /// `\z`
    case textEnd
    /// `\Z`: the end of the text, or before the line feed that ends it.
    case textEndOrLastNewline
    /// `\b`
    case wordBoundary
    /// `\B`
    case noWordBoundary
    /// `\G`: where the search began.
    case searchStart
    /// `\K`: not a place, but where the match is said to begin.
    case keep
}

extension RegexNode {
    /// How many characters it matches at least and, if there is a bound, at most.
    var length: (minimum: Int, maximum: Int?) {
        switch self {
        case .empty, .anchor, .lookAhead, .lookBehind: return (0, 0)
        case .set: return (1, 1)
        case .character(_, let ignoresCase):
            // A letter can match its ligature with the letters after it, and ß is two letters.
            return ignoresCase ? (0, 2) : (1, 1)
        case .sequence(let parts):
            return parts.reduce((0, 0)) { sum, part in
                let length = part.length
                return (sum.0 + length.minimum, Self.sum(sum.1, length.maximum))
            }
        case .alternatives(let parts):
            let lengths = parts.map(\.length)
            let maximum =
                lengths.contains { $0.maximum == nil } ? nil : lengths.compactMap(\.maximum).max()
            return (lengths.map(\.minimum).min() ?? 0, maximum)
        case .repetition(let body, let minimum, let maximum, _):
            let length = body.length
            let most: Int? =
                if let maximum, let each = length.maximum { maximum * each } else {
                    length.maximum == 0 ? 0 : nil
                }
            return (minimum * length.minimum, most)
        case .capture(let body, _), .atomic(let body): return body.length
        case .backReference: return (0, nil)
        }
    }

    private static func sum(_ first: Int?, _ second: Int?) -> Int? {
        guard let first, let second else { return nil }
        return first + second
    }

    /// The set, if it matches exactly one scalar.
    var singleSet: ScalarSet? {
        switch self {
        case .set(let set): set
        case .character(let scalar, let ignoresCase):
            // Single letters match their ligatures only together with what follows; ß is never single.
            ignoresCase
                ? CaseLigature.decomposed(scalar) == nil ? .ignoringCase(of: scalar) : nil
                : ScalarSet(scalar...scalar)
        default: nil
        }
    }
}
