import MiniTokenizer

/// The tokens of a vocabulary as a tree of their bytes, so that what tokens share is looked at once.
///
/// Flat: the nodes in the order of a walk from the root down, each with the place behind its subtree.
/// A walk is a loop over an array, and leaving a subtree out is one jump. Made once for a tokenizer.
public struct TokenTrie: Sendable {
    struct Node: Sendable {
        /// The last byte of what it stands for.
        var byte: UInt8
        /// How many bytes that is.
        var depth: Int32
        /// The place behind all that begin so.
        var end: Int32
        /// Its first token in `tokens`; up to the next node's.
        var firstToken: Int32
    }

    private(set) var nodes: [Node] = []
    private(set) var tokens: [Int32] = []
    /// The bytes of the longest token.
    private(set) var depth = 0
    private let bytesOfToken: @Sendable (Int32) -> [UInt8]?

    /// The tree of a tokenizer's tokens, without special tokens and those that have no bytes.
    public init(_ tokenizer: some TextTokenizer) {
        var spelled: [(bytes: [UInt8], token: Int32)] = []
        for token in 0..<Int32(tokenizer.vocabularySize) where !tokenizer.isSpecial(token) {
            if let bytes = tokenizer.bytes(of: token), !bytes.isEmpty {
                spelled.append((bytes, token))
            }
        }
        spelled.sort { a, b in
            a.bytes == b.bytes ? a.token < b.token : a.bytes.lexicographicallyPrecedes(b.bytes)
        }
        bytesOfToken = { tokenizer.bytes(of: $0) }
        var path: [Int] = []
        var previous: [UInt8] = []
        for (bytes, token) in spelled {
            let shared = zip(previous, bytes).prefix { $0 == $1 }.count
            for index in path[shared...] { nodes[index].end = Int32(nodes.count) }
            path.removeLast(path.count - shared)
            for (depth, byte) in bytes.enumerated().dropFirst(shared) {
                path.append(nodes.count)
                nodes.append(
                    Node(
                        byte: byte, depth: Int32(depth), end: 0, firstToken: Int32(tokens.count)))
            }
            tokens.append(token)
            depth = max(depth, bytes.count)
            previous = bytes
        }
        for index in path { nodes[index].end = Int32(nodes.count) }
    }

    func bytes(of token: Int32) -> [UInt8]? { bytesOfToken(token) }

    /// The tokens of a node alone.
    func tokens(of node: Int) -> ArraySlice<Int32> {
        let end = node + 1 < nodes.count ? Int(nodes[node + 1].firstToken) : tokens.count
        return tokens[Int(nodes[node].firstToken)..<end]
    }
}
