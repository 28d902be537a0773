import Foundation
import MiniGPT
import Testing

/// Reference numbers from one of the safetensors files in `Goldens`, which its README describes.
struct GoldenFile {
    private let header: [String: Any]
    private let data: Data

    /// `name` without its ending.
    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(forResource: "Goldens/\(name)", withExtension: "safetensors"))
        let file = try Data(contentsOf: url)
        let length = file.prefix(8).enumerated().reduce(0) {
            $0 | Int($1.element) << (8 * $1.offset)
        }
        let object = try JSONSerialization.jsonObject(with: file[8..<(8 + length)])
        header = try #require(object as? [String: Any])
        data = Data(file[(8 + length)...])
    }

    /// All keys that start so, without that start.
    func names(after prefix: String) -> [String] {
        header.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            .sorted()
    }

    func contains(_ key: String) -> Bool { header[key] != nil }

    subscript(key: String) -> Tensor {
        let (shape, bytes) = entry(key)
        let scalars = bytes.withUnsafeBytes { buffer in
            (0..<(buffer.count / 4)).map {
                Float(bitPattern: buffer.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
            }
        }
        return Tensor(scalars, shape: shape)
    }

    /// Whole numbers.
    func integers(_ key: String) -> (shape: [Int], values: [Int32]) {
        let (shape, bytes) = entry(key)
        let values = bytes.withUnsafeBytes { buffer in
            (0..<(buffer.count / 4)).map {
                buffer.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)
            }
        }
        return (shape, values)
    }

    /// Whole numbers as one row of tokens.
    func tokens(_ key: String) -> TokenBatch { TokenBatch(integers(key).values) }

    private func entry(_ key: String) -> (shape: [Int], bytes: Data) {
        guard let entry = header[key] as? [String: Any], let shape = entry["shape"] as? [Int],
            let offsets = entry["data_offsets"] as? [Int]
        else { preconditionFailure("There is no golden named \(key).") }
        return (shape, data.subdata(in: offsets[0]..<offsets[1]))
    }
}

/// The largest difference of two tensors, measured against the largest number of the reference; below
/// a millionth, which is rounding of what ought to be 0, against a millionth.
func relativeError(_ x: Tensor, _ reference: Tensor) -> Float {
    precondition(x.shape == reference.shape, "\(x.shape) is compared with \(reference.shape).")
    let scale = max(abs(reference).max().item(), 1e-6)
    return abs(x - reference).max().item() / scale
}

/// The largest difference of two tensors.
func absoluteError(_ x: Tensor, _ reference: Tensor) -> Float {
    precondition(x.shape == reference.shape, "\(x.shape) is compared with \(reference.shape).")
    return abs(x - reference).max().item()
}
