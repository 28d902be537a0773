import Foundation
import MiniNN
import MiniSupport
import MiniTensor

extension Tensor {
    /// Writes the tensor to a file that appears whole or not at all: `.npy` for NumPy, `.safetensors`
    /// with the tensor under the name `tensor`.
    ///
    /// - Throws: `InterchangeError` if the name ends otherwise, or the file cannot be written; what was
    ///   there before stays.
    public func save(to url: URL) throws(InterchangeError) {
        switch try TensorFileKind(url) {
        case .safetensors:
            try SafetensorsFile.write([(name: "tensor", value: self)], to: url)
        case .numPy:
            try asInterchangeError { () throws(FileFailure) in
                let file = try AtomicFile(url)
                try file.write(NumPyFile.header(type: "<f4", shape: shape))
                try file.write(self, format: .float32)
                try file.commit()
            }
        }
    }

    /// Reads a tensor from a file: `.npy`, or `.safetensors` with one tensor. Numbers of 64 bits are
    /// rounded to 32; whole numbers must be exact as floats.
    ///
    /// - Throws: `InterchangeError` that names what is wrong with the file.
    public static func load(from url: URL) throws(InterchangeError) -> Tensor {
        switch try TensorFileKind(url) {
        case .safetensors:
            let file = try SafetensorsFile(url)
            guard file.entries.count == 1, let entry = file.entries.first else {
                throw .unsupported(
                    path: url.path, field: "the file",
                    problem:
                        "has \(file.entries.count) tensors, not one; read them with SafetensorsFile."
                )
            }
            return try file.tensor(entry.name)
        case .numPy:
            return try asInterchangeError { () throws(FileFailure) in
                try NumPyFile(url).tensor()
            }
        }
    }
}

extension IntTensor {
    /// Writes the whole numbers to a `.npy` file, 32 bits each, that appears whole or not at all.
    ///
    /// - Throws: `InterchangeError` if the name ends otherwise, or the file cannot be written.
    public func save(to url: URL) throws(InterchangeError) {
        try Self.requireNumPy(url)
        let bytes = scalars.flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * Int32($0))) }
        }
        try asInterchangeError { () throws(FileFailure) in
            try AtomicFile.write(NumPyFile.header(type: "<i4", shape: shape) + bytes, to: url)
        }
    }

    /// Reads whole numbers from a `.npy` file; 32 bits must hold them.
    ///
    /// - Throws: `InterchangeError` that names what is wrong with the file.
    public static func load(from url: URL) throws(InterchangeError) -> IntTensor {
        try requireNumPy(url)
        return try asInterchangeError { () throws(FileFailure) in
            try NumPyFile(url).integerTensor()
        }
    }

    private static func requireNumPy(_ url: URL) throws(InterchangeError) {
        guard try TensorFileKind(url) == .numPy else {
            throw .unsupported(
                path: url.path, field: "the name",
                problem: "must end in .npy for whole numbers.")
        }
    }
}

/// The formats of files with one tensor.
private enum TensorFileKind {
    case numPy
    case safetensors

    /// By the ending of a name.
    init(_ url: URL) throws(InterchangeError) {
        switch url.pathExtension.lowercased() {
        case "npy": self = .numPy
        case "safetensors": self = .safetensors
        default:
            throw .unsupported(
                path: url.path, field: "the name", problem: "must end in .npy or .safetensors.")
        }
    }
}
