import Foundation
import MiniGPT

/// Small files of JSON, with keys in alphabetical order so that equal contents are equal bytes.
package enum JSONFile {
    /// Reads a value from a file of JSON.
    ///
    /// - Parameter remedy: what helps if the file is damaged.
    package static func read<Value: Decodable>(
        _ type: Value.Type, from url: URL, remedy: Remedy
    ) throws(PipelineError) -> Value {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw PipelineError("\(url.path) cannot be read", remedy)
        }
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw PipelineError("\(url.path) is damaged (\(reason(error)))", remedy)
        }
    }

    /// Writes a value so that the file is the old one or all of the new one at any moment.
    package static func write(_ value: some Encodable, to url: URL) throws(PipelineError) {
        let bytes = try bytes(of: value)
        try describing(url.path) { () throws(FileFailure) in
            try AtomicFile.write(bytes, to: url)
        }
    }

    /// The contents of a file.
    package static func bytes(of value: some Encodable) throws(PipelineError) -> Data {
        do {
            return try encoder.encode(value) + Data("\n".utf8)
        } catch {
            throw PipelineError("\(type(of: value)) cannot be written as JSON: \(error)")
        }
    }

    package static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    package static var decoder: JSONDecoder {
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
