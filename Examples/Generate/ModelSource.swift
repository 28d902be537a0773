import Foundation
import MiniGPT

/// A model and its tokenizer, from the files of other programs.
struct ModelSource {
    let model: GPT
    let tokenizer: any TextTokenizer
    /// The tokens that end a text, by the model's files.
    let endTokens: Set<Int32>

    /// A model from a directory or a file, with its own tokenizer or another.
    init(_ path: String, tokenizer tokenizerPath: String?) throws {
        let kind = try Kind(path)
        model = try kind.model()
        var ends = kind.endTokens
        switch (tokenizerPath, kind) {
        case (let path?, _): tokenizer = try Self.readTokenizer(path)
        case (nil, .huggingFace(let folder)): tokenizer = try Self.readTokenizer(folder.path)
        case (nil, .gguf(let file)):
            guard let stored = try file.tokenizer() else {
                throw Failure(
                    "\(path) has no tokenizer of GPT-2's kind; name one with --tokenizer.")
            }
            tokenizer = try reporting { () throws(TokenizerError) in
                try stored.bytePairTokenizer()
            }
        case (nil, .checkpoint(let checkpoint)):
            guard let stored = checkpoint.tokenizer else {
                throw Failure("\(path) has no tokenizer; name one with --tokenizer.")
            }
            tokenizer = try reporting { () throws(TokenizerError) in try stored.tokenizer() }
        }
        if let end = tokenizer.endOfText { ends.insert(end) }
        endTokens = ends
    }

    /// A model alone.
    static func readModel(_ path: String) throws -> GPT { try Kind(path).model() }

    /// The kinds of places a model can be in. A new kind has a case here, and its way to read below.
    private enum Kind {
        case huggingFace(URL)
        case gguf(GGUFFile)
        case checkpoint(Checkpoint)

        init(_ path: String) throws {
            let url = URL(fileURLWithPath: path)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Failure("There is no model at \(path).")
            }
            if let checkpoint = try isFolder.boolValue ? Self.checkpoint(in: url) : nil {
                self = .checkpoint(checkpoint)
            } else if isFolder.boolValue {
                self = .huggingFace(url)
            } else {
                self = .gguf(try reporting { () throws(InterchangeError) in try GGUFFile(url) })
            }
        }

        /// The checkpoint that a folder is, or the newest of those in it.
        private static func checkpoint(in folder: URL) throws -> Checkpoint? {
            try reporting { () throws(CheckpointError) in
                let manifest = folder.appendingPathComponent("manifest.json").path
                return FileManager.default.fileExists(atPath: manifest)
                    ? try Checkpoint(contentsOf: folder)
                    : try Checkpoint.latest(in: folder)?.checkpoint
            }
        }

        func model() throws -> GPT {
            try reporting { () throws(InterchangeError) in
                switch self {
                case .huggingFace(let folder): try GPT(huggingFace: folder)
                case .gguf(let file): try GPT(gguf: file)
                case .checkpoint(let checkpoint): checkpoint.model
                }
            }
        }

        var endTokens: Set<Int32> {
            switch self {
            case .huggingFace(let folder): Self.endTokens(in: folder)
            case .checkpoint: []
            case .gguf(let file):
                Set([try? file.tokenizer()?.endOfText].compactMap { $0 }.map(Int32.init))
            }
        }

        /// `eos_token_id`, one number or several, of generation_config.json or config.json.
        private static func endTokens(in folder: URL) -> Set<Int32> {
            for name in ["generation_config.json", "config.json"] {
                guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)),
                    let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
                    let value = object["eos_token_id"]
                else { continue }
                let numbers = value as? [NSNumber] ?? (value as? NSNumber).map { [$0] } ?? []
                return Set(numbers.map(\.int32Value))
            }
            return []
        }
    }

    private static func readTokenizer(_ path: String) throws -> any TextTokenizer {
        if case .character(let file) = try reporting({ () throws(TokenizerError) in
            try TokenizerFile.recognize(path)
        }) {
            return try JSONDecoder().decode(
                CharacterTokenizer.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        }
        return try reporting { () throws(TokenizerError) in try BytePairTokenizer.open(path) }
    }
}
