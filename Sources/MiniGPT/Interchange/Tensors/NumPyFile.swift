import Foundation
import MiniNN
import MiniSupport
import MiniTensor

/// One array in NumPy's format `.npy`, versions 1 to 3.
///
/// A magic number, a version, the length of the header, the header (a Python dictionary with the keys
/// `descr`, `fortran_order` and `shape`, as text), then the numbers (NumPy Enhancement Proposal 1).
struct NumPyFile {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let longestHeader = 1 << 16

    let shape: [Int]
    /// The type of the numbers as NumPy writes it, such as `<f4`.
    let type: String
    /// Whether the first axis runs fastest.
    let isFortranOrder: Bool
    private let file: ReadableFile
    private let start: Int

    /// Opens a file and checks its header, and the size of what follows.
    init(_ url: URL) throws(FileFailure) {
        let file = try ReadableFile(url)
        func malformed(_ field: String, _ problem: String) -> FileFailure {
            .malformed(path: file.path, field: field, problem: problem)
        }
        let prefix = try file.bytes(at: 0, count: min(12, file.size))
        guard prefix.count >= 10, prefix.starts(with: Self.magic) else {
            if let mistake = try file.mistaken() { throw mistake }
            throw malformed("the start", "is not that of a .npy file.")
        }
        guard (1...3).contains(prefix[6]), prefix.count == 12 || prefix[6] == 1 else {
            throw .unsupported(
                path: file.path, field: "the version",
                problem: "\(prefix[6]) is none of 1, 2 and 3.")
        }
        let sizeBytes = prefix[6] == 1 ? 2 : 4
        let length = (0..<sizeBytes).reduce(0) { $0 | Int(prefix[8 + $1]) << (8 * $1) }
        guard length <= Self.longestHeader else {
            throw malformed(
                "the header", "has \(length) bytes; at most \(Self.longestHeader) make sense.")
        }
        start = 8 + sizeBytes + length
        let text = String(
            decoding: try file.bytes(at: 8 + sizeBytes, count: length), as: UTF8.self)
        guard let header = Header(text) else {
            throw malformed("the header", "is not {'descr': …, 'fortran_order': …, 'shape': …}.")
        }
        (shape, type, isFortranOrder) = (header.shape, header.type, header.isFortranOrder)
        self.file = file
        guard shape.count <= Tensor.maximumRank else {
            throw .unsupported(
                path: file.path, field: "the shape",
                problem: "\(shape) has more than \(Tensor.maximumRank) axes.")
        }
        guard let bytes = Self.bytes(of: type) else {
            throw .unsupported(
                path: file.path, field: "the type",
                problem: "\(type) is none of <f4, <f8, <f2, <i4, <i8, |i1, |u1 and |b1.")
        }
        // Axes without elements do not hide that the others are too long to be counted.
        var longest = bytes
        for extent in shape {
            let (product, overflow) = longest.multipliedReportingOverflow(by: max(1, extent))
            guard !overflow else {
                throw malformed("the shape", "\(shape) has more elements than can be counted.")
            }
            longest = product
        }
        let size = shape.contains(0) ? 0 : longest
        guard size == file.size - start else {
            throw malformed(
                "the size",
                "is \(file.size - start) bytes after the header, but \(type) numbers of shape \(shape) are another number of bytes."
            )
        }
    }

    private static func bytes(of type: String) -> Int? {
        switch type {
        case "<f4", "<i4": 4
        case "<f8", "<i8": 8
        case "<f2": 2
        case "|i1", "|u1", "|b1": 1
        default: nil
        }
    }

    /// The array as floats.
    ///
    /// - Throws: also if a number is not one that 32 bits hold exactly, but for `<f8`, which is rounded.
    func tensor() throws(FileFailure) -> Tensor {
        let stored = isFortranOrder ? shape.reversed() : shape
        if let numbers = floatingPoint {
            let tensor = try file.tensor(at: start, numbers, shape: stored)
            return isFortranOrder ? tensor.transposed().contiguous() : tensor
        }
        let bytes = try file.bytes(at: start, count: file.size - start)
        let scalars = try integers(bytes).map { (value) throws(FileFailure) in
            guard let exact = Float(exactly: value) else {
                throw .unsupported(
                    path: file.path, field: "the number",
                    problem: "\(value) is not exact as a float; load it as an IntTensor.")
            }
            return exact
        }
        let tensor = Tensor(scalars, shape: stored)
        return isFortranOrder ? tensor.transposed().contiguous() : tensor
    }

    private var floatingPoint: ReadableNumbers? {
        switch type {
        case "<f4": .format(.float32)
        case "<f2": .format(.float16)
        case "<f8": .float64
        default: nil
        }
    }

    /// The array as whole numbers.
    func integerTensor() throws(FileFailure) -> IntTensor {
        guard !type.hasPrefix("<f") else {
            throw .unsupported(
                path: file.path, field: "the type",
                problem: "\(type) is not one of whole numbers; load it as a Tensor.")
        }
        let bytes = try file.bytes(at: start, count: file.size - start)
        let scalars = try integers(bytes).map { (value) throws(FileFailure) in
            guard let small = Int32(exactly: value) else {
                throw .unsupported(
                    path: file.path, field: "the number",
                    problem: "\(value) does not fit in the 32 bits of an IntTensor.")
            }
            return small
        }
        guard isFortranOrder else { return IntTensor(scalars, shape: shape) }
        var tensor = IntTensor(scalars, shape: shape.reversed())
        for axis in 0..<shape.count / 2 {
            tensor = tensor.swappedAxes(axis, shape.count - 1 - axis)
        }
        return tensor
    }

    private func integers(_ bytes: [UInt8]) -> [Int] {
        switch type {
        case "<i8": Self.numbers(bytes, UInt64.self).map { Int(Int64(bitPattern: $0)) }
        case "<i4": Self.numbers(bytes, UInt32.self).map { Int(Int32(bitPattern: $0)) }
        case "|i1": bytes.map { Int(Int8(bitPattern: $0)) }
        default: bytes.map { Int($0) }
        }
    }

    private static func numbers<Number: FixedWidthInteger>(
        _ bytes: [UInt8], _: Number.Type
    ) -> [Number] {
        let size = Number.bitWidth / 8
        return bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / size).map {
                Number(
                    littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * size, as: Number.self))
            }
        }
    }
}

// MARK: - The header

extension NumPyFile {
    /// The bytes before the numbers of a row-major array: as NumPy writes them, a multiple of 64.
    static func header(type: String, shape: [Int]) -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
        text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
        let length = text.utf8.count
        return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
    }

    private struct Header {
        var shape: [Int]
        var type: String
        var isFortranOrder: Bool

        /// Reads the dictionary: three keys, each once, in any order.
        init?(_ text: String) {
            let dictionary =
                /\s*\{\s*('descr'.*|'fortran_order'.*|'shape'.*)\}\s*/.dotMatchesNewlines()
            let type = /'descr'\s*:\s*'([<>|=]?[A-Za-z]\d+)'\s*,?/
            let order = /'fortran_order'\s*:\s*(True|False)\s*,?/
            let extents = /'shape'\s*:\s*\(([\d,\s]*)\)\s*,?/
            guard var rest = text.wholeMatch(of: dictionary)?.1,
                let foundType = rest.firstMatch(of: type),
                let foundOrder = rest.firstMatch(of: order),
                let foundShape = rest.firstMatch(of: extents)
            else { return nil }
            self.type = String(foundType.1)
            isFortranOrder = foundOrder.1 == "True"
            var shape: [Int] = []
            for word in foundShape.1.split(separator: ",") {
                let digits = word.filter { !$0.isWhitespace }
                if digits.isEmpty { continue }
                guard let extent = Int(digits) else { return nil }
                shape.append(extent)
            }
            self.shape = shape
            // Nothing else stands between the braces.
            rest.replace(type, with: "", maxReplacements: 1)
            rest.replace(order, with: "", maxReplacements: 1)
            rest.replace(extents, with: "", maxReplacements: 1)
            guard rest.allSatisfy(\.isWhitespace) else { return nil }
        }
    }
}
