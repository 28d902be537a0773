/// One token for each character (Unicode scalar) of an alphabet: the simplest tokenizer there is.
///
///     let tokenizer = CharacterTokenizer(alphabetOf: "hello")
///     tokenizer.encode("hole")   // [1, 3, 2, 0]: the alphabet is sorted
public struct CharacterTokenizer: TextTokenizer, Codable, Equatable {
    /// What to do with a character that the alphabet does not have.
    public enum UnknownPolicy: Sendable, Codable, Equatable {
        /// Leave it out.
        case skip
        /// Take this character of the alphabet instead.
        case replace(with: String)
    }

    /// A character that is not in the alphabet.
    public struct UnknownCharacter: Error, Equatable, CustomStringConvertible {
        /// The character.
        public let character: String
        /// Its place, counted in characters from 0.
        public let position: Int

        /// The error as a sentence.
        public var description: String {
            let code = character.unicodeScalars.first.map { String($0.value, radix: 16) } ?? ""
            return
                "The character '\(character)' (U+\(code.uppercased())) at position \(position) is not in the tokenizer's alphabet."
        }
    }

    /// The characters in the order of their ids.
    public let alphabet: [String]
    /// What `encode` does with other characters.
    public let unknown: UnknownPolicy
    private let ids: [UInt32: Int32]

    /// A tokenizer for the characters of a text, sorted by code point.
    public init(alphabetOf text: String, unknown: UnknownPolicy = .skip) {
        let scalars = Set(text.unicodeScalars.map(\.value)).sorted()
        self.init(alphabet: scalars.compactMap(Unicode.Scalar.init), unknown: unknown)
    }

    private init(alphabet: [Unicode.Scalar], unknown: UnknownPolicy) {
        self.alphabet = alphabet.map { String($0) }
        self.unknown = unknown
        var ids: [UInt32: Int32] = [:]
        for (id, scalar) in alphabet.enumerated() { ids[scalar.value] = Int32(id) }
        self.ids = ids
    }

    /// The size of the alphabet.
    public var vocabularySize: Int { alphabet.count }

    /// The ids of the characters; others are treated as `unknown` says.
    public func encode(_ text: String) -> [Int32] {
        var replacement: Int32?
        if case .replace(let character) = unknown {
            replacement = character.unicodeScalars.first.flatMap { ids[$0.value] }
        }
        return text.unicodeScalars.compactMap { ids[$0.value] ?? replacement }
    }

    /// The ids of the characters.
    ///
    /// - Throws: `UnknownCharacter` for the first one that the alphabet does not have.
    public func encodeStrictly(_ text: String) throws(UnknownCharacter) -> [Int32] {
        var tokens: [Int32] = []
        for (position, scalar) in text.unicodeScalars.enumerated() {
            guard let id = ids[scalar.value] else {
                throw UnknownCharacter(character: String(scalar), position: position)
            }
            tokens.append(id)
        }
        return tokens
    }

    /// The UTF-8 bytes of one character.
    public func bytes(of token: Int32) -> [UInt8] {
        guard token >= 0, Int(token) < alphabet.count else { return [] }
        return Array(alphabet[Int(token)].utf8)
    }

    private enum CodingKeys: CodingKey {
        case alphabet, unknown
    }

    /// Reads the alphabet and the policy.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let characters = try container.decode([String].self, forKey: .alphabet)
        let scalars = characters.compactMap(\.unicodeScalars.first)
        let areSingle = characters.allSatisfy { $0.unicodeScalars.count == 1 }
        guard areSingle, Set(scalars).count == characters.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .alphabet, in: container,
                debugDescription: "The alphabet must list single characters, each once.")
        }
        self.init(
            alphabet: scalars, unknown: try container.decode(UnknownPolicy.self, forKey: .unknown))
    }

    /// Writes the alphabet and the policy.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(alphabet, forKey: .alphabet)
        try container.encode(unknown, forKey: .unknown)
    }
}
