/// The names of a vocabulary's tokens by id, as they stand in a file, and the ids by name.
///
/// A name is a stretch of the file and is not copied, unless it has escapes: the file must stay
/// in memory as long as the table is used. So a token costs 12 bytes here, which is less than its
/// line of the file, and everything is allocated once, after a count.
struct NameTable {
    /// The number of names.
    private(set) var count = 0
    private let text: UnsafePointer<UInt8>
    /// Names with escapes, without them.
    private var unescaped: [UInt8] = []
    /// Where the name of an id begins: in the file or, with the high bit, in `unescaped`.
    private var starts: [UInt32]
    /// The length of the name of an id; 0 when there is none.
    private var lengths: [UInt16]
    private var slots: IDSlots

    private static let isUnescaped: UInt32 = 1 << 31

    /// Reads `{"name": id, …}`. Ids may be as large as the number of tokens and `others`, which
    /// have ids too but no name in this object.
    init(_ scanner: inout JSONReader<TokenizerError>, entry: String, others: Int)
        throws(TokenizerError)
    {
        scanner.entry = entry
        let (total, escapedBytes) = try Self.count(scanner)
        let limit = total + others
        self.init(scanner.bytes, count: total, limit: limit, escapedBytes: escapedBytes)
        try scanner.members { scanner, name throws(TokenizerError) in
            let place = scanner.index
            guard !name.isEmpty, name.count <= TokenizerLimits.tokenLength * 2 else {
                throw scanner.failure(
                    "A token must have 1 to \(TokenizerLimits.tokenLength) characters.")
            }
            let id = try scanner.integer()
            guard id >= 0, id < TokenizerLimits.vocabularySize else {
                throw scanner.failure(
                    "The id \(id) of \(TokenizerError.quoted(name)) is not in "
                        + "0..<\(TokenizerLimits.vocabularySize).", at: place)
            }
            guard id < limit else {
                throw scanner.failure(
                    "\(TokenizerError.quoted(name)) has id \(id), but there are only \(limit) "
                        + "tokens: an id is missing.", at: place)
            }
            if let problem = insert(name, Int32(id), in: scanner) {
                throw scanner.failure(problem, at: place)
            }
        }
    }

    /// An empty table with room for `count` names with ids below `limit`.
    private init(
        _ text: UnsafePointer<UInt8>, count: Int, limit: Int, escapedBytes: Int
    ) {
        self.text = text
        starts = [UInt32](repeating: 0, count: limit)
        lengths = [UInt16](repeating: 0, count: limit)
        slots = IDSlots(capacity: count)
        unescaped.reserveCapacity(escapedBytes)
    }

    /// The number of members of the object that follows, and the bytes of keys with escapes.
    private static func count(
        _ scanner: JSONReader<TokenizerError>
    ) throws(TokenizerError) -> (members: Int, escapedBytes: Int) {
        var scanner = scanner
        var members = 0
        var escapedBytes = 0
        try scanner.members { scanner, name throws(TokenizerError) in
            members += 1
            if !scanner.holds(name) { escapedBytes += name.count }
            guard members <= TokenizerLimits.vocabularySize else {
                throw scanner.failure(
                    "There are more than \(TokenizerLimits.vocabularySize) tokens.")
            }
            try scanner.skip(checksNames: false)
        }
        return (members, escapedBytes)
    }

    /// Adds a name; says what is wrong when it or its id is there already.
    @inline(__always)
    private mutating func insert(
        _ name: UnsafeBufferPointer<UInt8>, _ id: Int32, in scanner: JSONReader<TokenizerError>
    ) -> String? {
        let base = name.baseAddress!
        guard lengths[Int(id)] == 0 else {
            return
                "\(quotedName(of: id)) and \(TokenizerError.quoted(name)) have the same id \(id)."
        }
        let hash = ByteStringTable.hash(base, name.count)
        if find(base, name.count, hash) != nil {
            return "The token \(TokenizerError.quoted(name)) appears twice."
        }
        if scanner.holds(name) {
            starts[Int(id)] = UInt32(base - text)
        } else {
            starts[Int(id)] = UInt32(unescaped.count) | Self.isUnescaped
            unescaped.append(contentsOf: name)
        }
        lengths[Int(id)] = UInt16(name.count)
        // It is new, so nothing is equal to it.
        _ = slots.insert(id, hash) { _ in false }
        count += 1
        return nil
    }

    @inline(__always)
    private func find(_ start: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt64) -> Int32? {
        unescaped.withUnsafeBufferPointer { unescaped in
            starts.withUnsafeBufferPointer { starts in
                lengths.withUnsafeBufferPointer { lengths in
                    slots.find(hash) { id in
                        guard Int(lengths[Int(id)]) == length else { return false }
                        let name = Self.address(starts[Int(id)], text, unescaped)
                        for index in 0..<length where name[index] != start[index] { return false }
                        return true
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func address(
        _ start: UInt32, _ text: UnsafePointer<UInt8>, _ unescaped: UnsafeBufferPointer<UInt8>
    ) -> UnsafePointer<UInt8> {
        start & isUnescaped == 0
            ? text + Int(start) : unescaped.baseAddress! + Int(start & ~isUnescaped)
    }

    /// The id of a name, or `nil`.
    func id(of name: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard let base = name.baseAddress, !name.isEmpty else { return nil }
        return find(base, name.count, ByteStringTable.hash(base, name.count))
    }

    /// The id of a name, or `nil`.
    func id(of name: String) -> Int32? {
        Array(name.utf8).withUnsafeBufferPointer { id(of: $0) }
    }

    /// Whether an id has a name.
    func has(_ id: Int32) -> Bool { Int(id) < lengths.count && lengths[Int(id)] > 0 }

    /// Calls `body` with the name of an id that has one.
    @inline(__always)
    func withName<Result>(of id: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        unescaped.withUnsafeBufferPointer { unescaped in
            body(
                UnsafeBufferPointer(
                    start: Self.address(starts[Int(id)], text, unescaped),
                    count: Int(lengths[Int(id)])))
        }
    }

    /// The name of an id that has one, for errors.
    func quotedName(of id: Int32) -> String { withName(of: id) { TokenizerError.quoted($0) } }

    /// The bytes of all names.
    var byteCount: Int { lengths.reduce(0) { $0 + Int($1) } }

    /// One more than the highest id that a name may have.
    var idCount: Int { lengths.count }

    /// The ids that have names.
    var ids: some Sequence<Int32> { (0..<Int32(lengths.count)).lazy.filter { has($0) } }
}

extension TokenVocabulary {
    /// The names of a file.
    init(_ table: borrowing NameTable) {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = [0]
        bytes.reserveCapacity(table.byteCount)
        for id in 0..<Int32(table.idCount) {
            if table.has(id) { table.withName(of: id) { bytes.append(contentsOf: $0) } }
            offsets.append(UInt32(bytes.count))
        }
        self.init(
            store: TokenStore(bytes: bytes, offsets: offsets) {
                offsets[Int($0) + 1] > offsets[Int($0)]
            })
    }
}
