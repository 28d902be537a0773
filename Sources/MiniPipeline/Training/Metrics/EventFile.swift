import Foundation

/// A file that TensorBoard reads while a training writes it.
///
/// A row of records (TensorFlow's TFRecord): the length of the data, 64 bits, little-endian; its
/// masked CRC-32C; the data; its masked CRC-32C. The data is a protocol buffer, `tensorflow.Event`,
/// of which these fields are used:
///
///     1 wall_time, double    2 step, int64      3 file_version, string "brain.Event:2"
///     5 summary { 1 value { 1 tag, string   2 simple_value, float } }
///     7 session_log { 1 status, START = 1 }
///
/// A training that goes on begins a new file. The steps in it are first dropped from the old ones,
/// and the file starts with a session log, which tells a reader that has seen them already the same.
struct EventFile {
    private let file: FileHandle
    private static let prefix = "events.out.tfevents."

    /// Begins a file in a run's folder.
    ///
    /// - Parameter step: the last step that older files may keep.
    init(in folder: URL, after step: Int) throws {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
            .filter { $0.hasPrefix(Self.prefix) }
        for name in names {
            let url = folder.appendingPathComponent(name)
            if try Self.cut(url, after: step) { try FileManager.default.removeItem(at: url) }
        }
        // Readers take the files in the order of their names.
        let last = names.compactMap { Int($0.dropFirst(Self.prefix.count).prefix { $0 != "." }) }
        let now = Date().timeIntervalSince1970
        let time = max(Int(now), (last.max() ?? 0) + 1)
        let url = folder.appendingPathComponent("\(Self.prefix)\(time).minigpt")
        try Data().write(to: url)
        file = try FileHandle(forWritingTo: url)
        try file.write(contentsOf: Self.record(.version(at: now)))
        if step > 0 { try file.write(contentsOf: Self.record(.start(at: now, step: step + 1))) }
    }

    /// Writes the numbers of a step.
    func write(_ row: MetricsRow) throws {
        let values: [(String, Double?)] = [
            ("loss/training", Double(row.loss)),
            ("loss/validation", row.validationLoss.map(Double.init)),
            ("loss/bits per byte", row.bitsPerByte),
            ("optimizer/learning rate", Double(row.learningRate)),
            ("optimizer/gradient norm", Double(row.gradientNorm)),
            ("speed/tokens per second", row.tokensPerSecond),
            ("speed/share of peak", row.shareOfPeak),
        ]
        let scalars = values.compactMap { name, value in value.map { (name, Float($0)) } }
        try file.write(
            contentsOf: Self.record(
                .scalars(scalars, at: Date().timeIntervalSince1970, step: row.step)))
    }

    // MARK: Records

    /// A message with what the format puts around it.
    static func record(_ message: ProtocolMessage) -> Data {
        let length = Data(littleEndian: UInt64(message.bytes.count))
        return length + Data(littleEndian: CRC32C.masked(length)) + message.bytes
            + Data(littleEndian: CRC32C.masked(message.bytes))
    }

    /// Drops the records from the first one on that is of a later step, or not whole.
    ///
    /// - Returns: whether no numbers are left.
    private static func cut(_ url: URL, after step: Int) throws -> Bool {
        let data = try Data(contentsOf: url)
        let kept = messages(in: data).prefix { $0.step <= step }
        let size = kept.reduce(0) { $0 + $1.bytes.count + 16 }
        if size < data.count {
            let handle = try FileHandle(forWritingTo: url)
            try handle.truncate(atOffset: UInt64(size))
            try handle.close()
        }
        return !kept.contains { $0.step > 0 }
    }

    /// The messages of a file up to the first that is not whole.
    static func messages(in data: Data) -> [ProtocolMessage] {
        var messages: [ProtocolMessage] = []
        var offset = 0
        while let message = record(in: data, at: offset) {
            messages.append(message)
            offset += message.bytes.count + 16
        }
        return messages
    }

    /// The message of a record, if it is whole.
    private static func record(in data: Data, at offset: Int) -> ProtocolMessage? {
        guard data.count - offset >= 16 else { return nil }
        let length = data[offset..<(offset + 8)].reversed().reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        guard length <= UInt64(data.count - offset - 16) else { return nil }
        let bytes = Data(data[(offset + 12)..<(offset + 12 + Int(length))])
        let stored = data[(offset + 12 + Int(length))..<(offset + 16 + Int(length))]
        return stored.elementsEqual(Data(littleEndian: CRC32C.masked(bytes)))
            ? ProtocolMessage(bytes: bytes) : nil
    }
}

extension Data {
    fileprivate init(littleEndian value: some FixedWidthInteger) {
        self = Swift.withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
