import Foundation
import MiniNN
import MiniSupport
import MiniTokenizer

/// Finds and reads tokenizers, alone or beside the weights of a model.
struct TokenizerFiles {
    private let sentencePiece: SentencePieceReader?

    /// - Parameter sentencePiece: reads SentencePiece models.
    init(_ sentencePiece: SentencePieceReader?) { self.sentencePiece = sentencePiece }

    /// The tokenizer at a path.
    func tokenizer(_ path: String) throws(OpeningError) -> any TextTokenizer {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        let place = try? ModelPlace(path)
        switch FileSystem.kind(of: url) {
        case .missing:
            guard let place else { throw .nothingWithTokens(path: path) }
            return try tokenizer(of: place)
        case .file:
            if let place, place.format == .gguf { return try tokenizer(of: place) }
            return try tokenizer(inFile: path)
        case .folder:
            if let place, place.format == .checkpoint { return try tokenizer(of: place) }
            return try tokenizer(inFile: path)
        }
    }

    /// The tokenizer in a file, or in a directory under its usual name.
    func tokenizer(inFile path: String) throws(OpeningError) -> any TextTokenizer {
        try opening({ .tokenizer($0, path: path) }) { () throws(TokenizerError) in
            try TokenizerFile.recognize(path)
        }.open(path, sentencePiece)
    }

    /// The tokenizer of a model, whose weights are not read.
    private func tokenizer(of place: ModelPlace) throws(OpeningError) -> any TextTokenizer {
        let url = place.candidates[0]
        switch place.format {
        case .checkpoint:
            let (outline, url, _) = try place.firstWhole { url throws(CheckpointError) in
                try CheckpointOutline(of: url)
            }
            let saved = try opening({ .checkpoint($0, path: url.path) }) {
                () throws(CheckpointError) in try outline.tokenizer()
            }
            return try Self.tokenizer(saved, of: url)
        case .gguf:
            let file = try opening({ .weights($0, path: url.path) }) {
                () throws(InterchangeError) in try GGUFFile(url)
            }
            return try Self.tokenizer(file, of: url)
        case .huggingFace: return try tokenizer(inFile: url.path)
        case .llmC: throw Self.noTokenizer(ofLLMC: url)
        }
    }

    /// Files of llm.c hold weights alone.
    static func noTokenizer(ofLLMC url: URL) -> OpeningError {
        .noTokenizer(path: url.path, reason: ", as no file of llm.c has")
    }

    /// The tokenizer that a checkpoint keeps.
    static func tokenizer(
        _ saved: SavedTokenizer?, of url: URL
    ) throws(OpeningError) -> any TextTokenizer {
        guard let saved else { throw .noTokenizer(path: url.path, reason: "") }
        return try opening({ .tokenizer($0, path: url.path) }) { () throws(TokenizerError) in
            try saved.tokenizer()
        }
    }

    /// The tokenizer in a GGUF file.
    static func tokenizer(
        _ file: GGUFFile, of url: URL
    ) throws(OpeningError) -> any TextTokenizer {
        let path = url.path
        let stored = try opening({ .weights($0, path: path) }) { () throws(InterchangeError) in
            try file.tokenizer()
        }
        guard let stored else { throw .noTokenizer(path: path, reason: " of GPT-2's kind") }
        return try opening({ .tokenizer($0, path: path) }) { () throws(TokenizerError) in
            try stored.bytePairTokenizer()
        }
    }
}

extension TokenizerFile {
    /// Reads a tokenizer of the recognized kind.
    ///
    /// - Parameter path: the file, or the directory that it was recognized in.
    fileprivate func open(
        _ path: String, _ sentencePiece: SentencePieceReader?
    ) throws(OpeningError) -> any TextTokenizer {
        switch self {
        case .character(let file):
            do {
                return try CodableFile.read(
                    CharacterTokenizer.self, from: URL(fileURLWithPath: file))
            } catch {
                throw .file(
                    path: error.path, problem: error.problem, advice: "train the tokenizer again")
            }
        case .sentencePiece(let file):
            guard let sentencePiece else { throw .sentencePiece(path: file) }
            return try opening({ .tokenizer($0, path: path) }) { () throws(TokenizerError) in
                try sentencePiece(file)
            }
        case .huggingFace, .vocabularyAndMerges, .tiktoken, .minBPE:
            return try opening({ .tokenizer($0, path: path) }) { () throws(TokenizerError) in
                try TokenizerFile.open(path)
            }
        }
    }
}
