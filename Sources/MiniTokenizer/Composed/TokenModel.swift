/// The part of a tokenizer that has the vocabulary: it finds tokens in a piece of text.
protocol TokenModel: Sendable {
    /// The names of the tokens.
    var vocabulary: TokenVocabulary { get }

    /// The token for what the vocabulary cannot express, if there is one.
    var unknownToken: Int32? { get }

    /// The tokens of a piece that is not empty, each with its bytes of the piece, in order.
    ///
    /// - Throws: ``TokenizerError/unknownCharacter(_:offset:)`` if the vocabulary cannot express
    ///   the piece and has no token for that; the place counts from the start of the piece.
    func encode(_ piece: [UInt8]) throws(TokenizerError) -> [ModelToken]

    /// Whether the unknown token keeps the text that it stands for as its name, when places are
    /// corrected.
    var unknownKeepsText: Bool { get }

    /// The members of the model in `tokenizer.json`, but for the names of the tokens.
    var members: [(name: String, value: PartValue)] { get }

    /// Appends the tokens' names, and what else is long, to `tokenizer.json`.
    func write(to writer: inout JSONWriter)
}

extension TokenModel {
    /// The default: its name is that of the token.
    var unknownKeepsText: Bool { false }
}

/// A token of a piece, and the bytes of the piece that it stands for.
struct ModelToken: Hashable {
    var id: Int32
    var range: Range<Int>
}

/// The names of tokens by their ids, and back.
struct TokenVocabulary: Sendable {
    private let store: TokenStore

    /// Names by id; an id without a name is not used.
    ///
    /// - Parameter isFound: whether a token is found by its name. Of several with one name the first
    ///   is found.
    init(names: [[UInt8]], isFound: (Int32) -> Bool = { _ in true }) {
        store = TokenStore(names) { !names[Int($0)].isEmpty && isFound($0) }
    }

    init(store: TokenStore) { self.store = store }

    /// The number of ids, used or not.
    var count: Int { store.count }

    /// The bytes of a token's name; `nil` if the id is not used.
    func name(of id: Int32) -> [UInt8]? {
        guard let range = store.range(of: id), !range.isEmpty else { return nil }
        return Array(store.bytes[range])
    }

    /// The id of a name.
    func id(of name: [UInt8]) -> Int32? { name.isEmpty ? nil : store.find(name) }

    /// The id of a name that stands in a buffer.
    func id(of name: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard let base = name.baseAddress, !name.isEmpty else { return nil }
        return store.find(base, name.count)
    }

    /// The tokens `<0x00>` to `<0xFF>` by their bytes; -1 where one is missing.
    var byteTokens: [Int32] {
        (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return id(of: Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)) ?? -1
        }
    }

    /// Writes the names with their ids as the member `vocab`.
    func write(to writer: inout JSONWriter) {
        writer.raw("    \"vocab\": {")
        var isFirst = true
        for id in 0..<Int32(count) {
            guard let name = name(of: id) else { continue }
            writer.raw(isFirst ? "\n      " : ",\n      ")
            isFirst = false
            writer.string(String(decoding: name, as: UTF8.self))
            writer.raw(": \(id)")
        }
        writer.raw("\n    }")
    }
}
