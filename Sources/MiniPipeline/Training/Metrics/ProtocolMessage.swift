import Foundation

/// A protocol buffer under construction: fields, each with its number and kind before it. Of the
/// format, what an event of TensorBoard needs.
struct ProtocolMessage {
    private(set) var bytes = Data()

    init(bytes: Data = Data()) { self.bytes = bytes }

    private mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func integer(_ field: UInt64, _ value: Int) {
        number(field << 3)
        number(UInt64(bitPattern: Int64(value)))
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        number(field << 3 | 1)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func float(_ field: UInt64, _ value: Float) {
        number(field << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func data(_ field: UInt64, _ value: Data) {
        number(field << 3 | 2)
        number(UInt64(value.count))
        bytes += value
    }
}

// MARK: - Events

extension ProtocolMessage {
    /// The first event of a file.
    static func version(at time: Double) -> ProtocolMessage {
        var event = ProtocolMessage()
        event.double(1, time)
        event.data(3, Data("brain.Event:2".utf8))
        return event
    }

    /// Says that what was told of this and later steps does not count any more.
    static func start(at time: Double, step: Int) -> ProtocolMessage {
        var session = ProtocolMessage()
        session.integer(1, 1)
        var event = ProtocolMessage()
        event.double(1, time)
        event.integer(2, step)
        event.data(7, session.bytes)
        return event
    }

    /// Numbers of a step, by their names.
    static func scalars(
        _ values: [(name: String, value: Float)], at time: Double, step: Int
    ) -> ProtocolMessage {
        var summary = ProtocolMessage()
        for (name, number) in values {
            var value = ProtocolMessage()
            value.data(1, Data(name.utf8))
            value.float(2, number)
            summary.data(1, value.bytes)
        }
        var event = ProtocolMessage()
        event.double(1, time)
        event.integer(2, step)
        event.data(5, summary.bytes)
        return event
    }

    /// The step of an event, which stands behind its time; 0 if it has none.
    var step: Int {
        guard bytes.count > 10, bytes[9] == 2 << 3 else { return 0 }
        var (value, shift) = (UInt64(0), UInt64(0))
        for byte in bytes[10...].prefix(10) {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return Int(truncatingIfNeeded: value)
    }
}

/// The checksum of records: CRC-32 with Castagnoli's polynomial.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
        }
    }

    static func checksum(_ bytes: Data) -> UInt32 {
        ~bytes.reduce(UInt32.max) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// As records have it: so that data that holds a checksum has another one itself.
    static func masked(_ bytes: Data) -> UInt32 {
        let value = checksum(bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
