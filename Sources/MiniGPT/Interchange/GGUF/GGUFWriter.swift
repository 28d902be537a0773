import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// Collects the keys and tensors of a GGUF file and writes it.
struct GGUFWriter {
    private static let alignment = 32

    private var keys: [UInt8] = []
    private var keyCount = 0
    private var tensors: [(name: String, value: Tensor, format: NumberFormat)] = []

    // MARK: Collecting

    mutating func add(_ key: String, _ value: String) {
        begin(key, .string)
        keys += Self.text(value)
    }

    mutating func add(_ key: String, _ value: UInt32) {
        begin(key, .uint32)
        keys += Self.bytes(value)
    }

    mutating func add(_ key: String, _ value: Float) {
        begin(key, .float32)
        keys += Self.bytes(value.bitPattern)
    }

    mutating func add(_ key: String, _ value: Bool) {
        begin(key, .boolean)
        keys.append(value ? 1 : 0)
    }

    mutating func add(_ key: String, _ values: [String]) {
        begin(key, .array)
        keys += Self.bytes(GGUFValueType.string.rawValue) + Self.bytes(UInt64(values.count))
        for value in values { keys += Self.text(value) }
    }

    mutating func add(_ key: String, _ values: [Int32]) {
        begin(key, .array)
        keys += Self.bytes(GGUFValueType.int32.rawValue) + Self.bytes(UInt64(values.count))
        for value in values { keys += Self.bytes(value) }
    }

    /// Adds a tensor; its rows must fill whole blocks of the format.
    mutating func add(_ name: String, _ value: Tensor, format: NumberFormat) {
        tensors.append((name, value, format))
    }

    private mutating func begin(_ key: String, _ type: GGUFValueType) {
        keys += Self.text(key) + Self.bytes(type.rawValue)
        keyCount += 1
    }

    // MARK: Writing

    func write(to url: URL, files: any FileOperations) throws(FileFailure) {
        var header = Array("GGUF".utf8) + Self.bytes(UInt32(3))
        header += Self.bytes(UInt64(tensors.count)) + Self.bytes(UInt64(keyCount)) + keys
        var offset = 0
        for (name, value, format) in tensors {
            guard let size = format.bytes(for: value.count) else {
                preconditionFailure(
                    "The tensor \(name) of shape \(value.shape) does not fill blocks.")
            }
            header += Self.text(name) + Self.bytes(UInt32(value.rank))
            for extent in value.shape.reversed() { header += Self.bytes(UInt64(extent)) }
            header += Self.bytes(format.ggmlCode) + Self.bytes(UInt64(offset))
            offset += size + Self.padding(after: size)
        }
        let file = try AtomicFile(url, files: files)
        try file.write(header + Self.zeros(after: header.count))
        for (_, value, format) in tensors {
            try file.write(value, format: format)
            try file.write(Self.zeros(after: format.bytes(for: value.count) ?? 0))
        }
        try file.commit()
    }

    private static func padding(after count: Int) -> Int {
        (alignment - count % alignment) % alignment
    }

    private static func zeros(after count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: padding(after: count))
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func text(_ value: String) -> [UInt8] {
        bytes(UInt64(value.utf8.count)) + Array(value.utf8)
    }
}
