import Foundation

/// Small files that hold one value as JSON, with keys in alphabetical order so that equal contents
/// are equal bytes.
package enum CodableFile {
    /// A file that cannot be read, or is damaged.
    package struct Unusable: Error {
        /// The file.
        package let path: String
        /// What is wrong with it, as the end of a sentence that begins with its path.
        package let problem: String
    }

    /// Reads a value from a file.
    ///
    /// - Throws: `Unusable` if the file cannot be read, or does not hold such a value.
    package static func read<Value: Decodable>(
        _ type: Value.Type, from url: URL
    ) throws(Unusable) -> Value {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw Unusable(path: url.path, problem: "cannot be read")
        }
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw Unusable(path: url.path, problem: "is damaged (\(reason(error)))")
        }
    }

    /// Writes a value so that the file is the old one or all of the new one at any moment.
    package static func write(_ value: some Encodable, to url: URL) throws(FileFailure) {
        try AtomicFile.write(try bytes(of: value), to: url)
    }

    /// The contents of a file.
    package static func bytes(of value: some Encodable) throws(FileFailure) -> Data {
        do {
            return try encoder.encode(value) + Data("\n".utf8)
        } catch {
            throw .file(
                path: "\(type(of: value))", problem: "cannot be written as JSON: \(error)")
        }
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }

    /// What a decoder complains of, in a few words.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
        default: "it is not JSON"
        }
    }
}
