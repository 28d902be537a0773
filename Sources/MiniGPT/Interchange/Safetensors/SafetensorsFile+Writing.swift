import Foundation
import MiniNN
import MiniTensor

extension SafetensorsFile {
    /// Writes tensors to a file that appears whole or not at all.
    ///
    /// The tensors are sorted by name, so the same ones always make the same bytes; of `float32`
    /// tensors they are those the reference implementation writes.
    ///
    /// - Parameters:
    ///   - tensors: any layouts; each is written row-major.
    ///   - format: how the numbers are stored; one that has a `safetensorsName`.
    ///   - metadata: any texts by name. `transformers` wants `["format": "pt"]`.
    /// - Throws: `InterchangeError` if safetensors does not have the format, or the file cannot be
    ///   written; what was there before stays.
    /// - Precondition: no two tensors have the same name.
    public static func write(
        _ tensors: [(name: String, value: Tensor)], to url: URL, format: NumberFormat = .float32,
        metadata: [String: String] = [:]
    ) throws(InterchangeError) {
        try write(
            tensors, to: url, format: format, metadata: metadata, files: SystemFileOperations())
    }

    package static func write(
        _ tensors: [(name: String, value: Tensor)], to url: URL, format: NumberFormat = .float32,
        metadata: [String: String] = [:], files: any FileOperations
    ) throws(InterchangeError) {
        try format.checkForSafetensors(url.path)
        let sorted = sortedByName(tensors)
        try asInterchangeError { () throws(FileFailure) in
            let file = try AtomicFile(url, files: files)
            try file.write(header(sorted, format: format, metadata: metadata))
            for (_, value) in sorted { try file.write(value, format: format) }
            try file.commit()
        }
    }

    static func sortedByName(
        _ tensors: [(name: String, value: Tensor)]
    ) -> [(name: String, value: Tensor)] {
        let sorted = tensors.sorted(by: precedes)
        for (first, second) in zip(sorted, sorted.dropFirst()) {
            precondition(
                first.name != second.name,
                "Two tensors have the name \(first.name); a file needs different ones.")
        }
        precondition(
            !sorted.contains { $0.name == "__metadata__" },
            "No tensor can have the name __metadata__; the format uses it for the metadata.")
        return sorted
    }

    /// The order of the tensors in a file.
    static func precedes(
        _ a: (name: String, value: Tensor), _ b: (name: String, value: Tensor)
    ) -> Bool {
        a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }

    /// The bytes before the numbers of sorted tensors.
    static func header(
        _ tensors: [(name: String, value: Tensor)], format: NumberFormat = .float32,
        metadata: [String: String] = [:]
    ) -> [UInt8] {
        var members: [(key: String, value: String)] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            members.append(
                ("__metadata__", JSONText.object(pairs.map { ($0.key, JSONText.string($0.value)) }))
            )
        }
        guard let type = format.safetensorsName else {
            preconditionFailure("\(format.rawValue) is not a type of safetensors.")
        }
        var start = 0
        for (name, value) in tensors {
            let end = start + value.count * format.bytesPerBlock
            let shape = value.shape.map(String.init).joined(separator: ",")
            members.append(
                (
                    name,
                    "{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}"
                ))
            start = end
        }
        var text = Array(JSONText.object(members).utf8)
        // Blanks up to a multiple of eight, so that the numbers are aligned for those who map them.
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }
}

extension NumberFormat {
    /// - Throws: `InterchangeError` that names the format, if safetensors cannot hold it.
    package func checkForSafetensors(_ path: String) throws(InterchangeError) {
        guard safetensorsName != nil else {
            throw .unsupported(
                path: path, field: "the number format",
                problem:
                    "is \(rawValue), a format of GGUF; safetensors has \(Self.floatingPointNames).")
        }
    }
}
