import Foundation
import MiniSupport

/// The tokens that end a text, as the files of a directory in Hugging Face's layout name them.
enum EndTokens {
    /// `eos_token_id`, one number or several, of `generation_config.json` or `config.json`; none if
    /// neither has it.
    ///
    /// - Throws: `OpeningError` if a file is damaged, or names no token of the vocabulary.
    static func inDirectory(
        _ directory: URL, vocabularySize: Int
    ) throws(OpeningError) -> Set<Int32> {
        for name in ["generation_config.json", "config.json"] {
            let file = directory.appendingPathComponent(name)
            guard FileSystem.kind(of: file) == .file else { continue }
            let value: JSONNode?
            do {
                value = try Self.value(in: file)
            } catch {
                throw .weights(InterchangeError(error), path: file.path)
            }
            guard let value, !value.isNull else { continue }
            let numbers = (value.array ?? [value]).map { node in
                node.count.flatMap { $0 < vocabularySize ? Int32(exactly: $0) : nil }
            }
            guard !numbers.contains(nil) else {
                throw .file(
                    path: file.path,
                    problem:
                        "names as eos_token_id \(value.json), but the model's tokens are 0 to \(vocabularySize - 1).",
                    advice: nil)
            }
            return Set(numbers.compactMap { $0 })
        }
        return []
    }

    private static func value(in file: URL) throws(FileFailure) -> JSONNode? {
        let text = try ReadableFile.contents(of: file, limit: 1 << 20)
        return try JSONReader<FileFailure>.read(
            text, of: file.path, as: "the configuration"
        ) { (reader) throws(FileFailure) in
            var value: JSONNode?
            try reader.object { (reader, key) throws(FileFailure) in
                if key == "eos_token_id" {
                    value = try JSONNode(&reader)
                } else {
                    try reader.skip()
                }
            }
            try reader.end()
            return value
        }
    }
}
