import Foundation

extension CharacterTokenizer: Codable {
    private enum Key: String, CodingKey {
        case type, alphabet, unknown, replacement
    }

    /// Writes `{"type": "character", "alphabet": "…", "unknown": "error"}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode("character", forKey: .type)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: alphabet)
        try container.encode(String(text), forKey: .alphabet)
        switch unknown {
        case .error: try container.encode("error", forKey: .unknown)
        case .skip: try container.encode("skip", forKey: .unknown)
        case .replace(let substitute):
            try container.encode("replace", forKey: .unknown)
            try container.encode(String(substitute), forKey: .replacement)
        }
    }

    /// Reads what ``encode(to:)`` wrote; the order of the alphabet is the order of the ids.
    ///
    /// - Throws: `DecodingError` when a field is missing, a character appears twice, or the
    ///   replacement is not one character of the alphabet.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func corrupted(_ key: Key, _ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
        }
        guard try container.decode(String.self, forKey: .type) == "character" else {
            throw corrupted(.type, "Expected the type \"character\".")
        }
        let alphabet = Array(try container.decode(String.self, forKey: .alphabet).unicodeScalars)
        var seen = ScalarTable()
        for scalar in alphabet {
            guard seen[scalar] == ScalarTable.absent else {
                throw corrupted(
                    .alphabet, "The character U+\(String(scalar.value, radix: 16)) appears twice.")
            }
            seen[scalar] = 0
        }
        let unknown: UnknownPolicy
        switch try container.decode(String.self, forKey: .unknown) {
        case "error": unknown = .error
        case "skip": unknown = .skip
        case "replace":
            let substitute = Array(
                try container.decode(String.self, forKey: .replacement).unicodeScalars)
            guard substitute.count == 1, seen[substitute[0]] != ScalarTable.absent else {
                throw corrupted(
                    .replacement, "Expected one character that the alphabet contains.")
            }
            unknown = .replace(with: substitute[0])
        case let other:
            throw corrupted(
                .unknown, "Expected \"error\", \"skip\" or \"replace\", found \"\(other)\".")
        }
        self.init(orderedAlphabet: alphabet, unknown: unknown)
    }
}

extension CharacterTokenizer {
    /// Each token stands for one character.
    public var tokensAreCharacters: Bool { true }

    /// The tokenizer as JSON of its own.
    public func fileContents() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(self))
        } catch {
            preconditionFailure("A character tokenizer could not be written as JSON: \(error)")
        }
    }
}

extension CharacterTokenizer {
    /// Reads what ``fileContents()`` wrote; `file` names it in errors.
    ///
    /// - Throws: ``TokenizerError/malformedFile(file:entry:reason:byteOffset:)`` if it is something
    ///   else.
    public static func read(
        _ bytes: [UInt8], file: String = "tokenizer.json"
    ) throws(TokenizerError) -> CharacterTokenizer {
        do {
            return try JSONDecoder().decode(CharacterTokenizer.self, from: Data(bytes))
        } catch {
            let reason =
                switch error {
                case DecodingError.dataCorrupted(let context): context.debugDescription
                default: "It is no character tokenizer."
                }
            throw .malformedFile(file: file, entry: "document", reason: reason, byteOffset: nil)
        }
    }
}
