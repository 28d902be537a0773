/// One token per character: the simplest tokenizer, and the one to start a course with.
///
/// A character here is a Unicode scalar, as in Python's `sorted(set(text))`: "é" written as "e"
/// and a combining accent is two of them. Ids follow the scalars' order.
public struct CharacterTokenizer: TextTokenizer, Hashable {
    /// What `encode` does with a character that is not in the alphabet.
    public enum UnknownPolicy: Hashable, Sendable {
        /// Throw ``TokenizerError/unknownCharacter(_:offset:)``.
        case error
        /// Encode this character instead. It is added to the alphabet when it is not in it.
        case replace(with: Unicode.Scalar)
        /// Leave the character out.
        case skip
    }

    /// The characters, in the order of their ids.
    public let alphabet: [Unicode.Scalar]

    /// What happens to characters outside the alphabet.
    public let unknown: UnknownPolicy

    private let table: ScalarTable

    /// A tokenizer for the distinct characters of a text, sorted by code point.
    public init(alphabetOf text: String, unknown: UnknownPolicy = .error) {
        var seen = ScalarTable()
        var distinct: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars where seen[scalar] == ScalarTable.absent {
            seen[scalar] = 0
            distinct.append(scalar)
        }
        if case .replace(let substitute) = unknown, seen[substitute] == ScalarTable.absent {
            distinct.append(substitute)
        }
        self.init(orderedAlphabet: distinct.sorted(), unknown: unknown)
    }

    init(orderedAlphabet: [Unicode.Scalar], unknown: UnknownPolicy) {
        var table = ScalarTable()
        for (id, scalar) in orderedAlphabet.enumerated() {
            table[scalar] = Int32(id)
        }
        self.alphabet = orderedAlphabet
        self.unknown = unknown
        self.table = table
    }

    /// The number of characters in the alphabet.
    public var vocabularySize: Int { alphabet.count }

    /// The token of the substitute for unknown characters, if there is one.
    public var unknownToken: Int32? {
        guard case .replace(let substitute) = unknown else { return nil }
        return table[substitute]
    }

    /// The id of a character, or `nil` when the alphabet does not have it.
    public func token(of scalar: Unicode.Scalar) -> Int32? {
        let id = table[scalar]
        return id == ScalarTable.absent ? nil : id
    }

    /// One id per character of the text.
    ///
    /// - Throws: ``TokenizerError/unknownCharacter(_:offset:)`` under ``UnknownPolicy/error``.
    public func encode(_ text: String) throws(TokenizerError) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(text.utf8.count)
        var offset = 0
        for scalar in text.unicodeScalars {
            var id = table[scalar]
            if id == ScalarTable.absent {
                switch unknown {
                case .error: throw .unknownCharacter(scalar, offset: offset)
                case .replace(let substitute): id = table[substitute]
                case .skip: break
                }
            }
            if id != ScalarTable.absent { tokens.append(id) }
            offset += 1
        }
        return tokens
    }

    /// One id per character, each with the UTF-8 bytes of that character.
    ///
    /// - Throws: as ``encode(_:)`` does.
    public func spans(of text: String) throws(TokenizerError) -> [TokenSpan] {
        var spans: [TokenSpan] = []
        var start = 0
        var offset = 0
        for scalar in text.unicodeScalars {
            let end = start + UTF8.width(scalar)
            var id = table[scalar]
            if id == ScalarTable.absent {
                switch unknown {
                case .error: throw .unknownCharacter(scalar, offset: offset)
                case .replace(let substitute): id = table[substitute]
                case .skip: break
                }
            }
            if id != ScalarTable.absent {
                spans.append(TokenSpan(token: id, byteRange: start..<end))
            }
            start = end
            offset += 1
        }
        return spans
    }

    /// The UTF-8 bytes of a character.
    public func bytes(of token: Int32) -> [UInt8]? {
        guard token >= 0, Int(token) < alphabet.count else { return nil }
        return Array(UTF8.encode(alphabet[Int(token)])!)
    }

    /// Two tokenizers are equal when their alphabets and policies are.
    public static func == (left: Self, right: Self) -> Bool {
        left.alphabet == right.alphabet && left.unknown == right.unknown
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(alphabet)
        hasher.combine(unknown)
    }
}
