import Foundation
import MiniGPT
import MiniSupport

/// Writes a model for other programs.
public struct ModelExport: Sendable {
    /// The layouts of files that a model can be written in.
    public enum Layout: String, Sendable, Codable, CaseIterable {
        /// A directory that `transformers` opens.
        case huggingFace = "huggingface"
        /// One file that llama.cpp runs.
        case gguf
        /// The weights alone, under this library's own names.
        case safetensors
        /// One file that llm.c trains on.
        case llmC = "llmc"

        /// The layout that a name suggests: by its extension, else a directory.
        public init(of url: URL) {
            switch url.pathExtension.lowercased() {
            case "gguf": self = .gguf
            case "safetensors": self = .safetensors
            case "bin": self = .llmC
            default: self = .huggingFace
            }
        }
    }

    /// The file or directory that was written, and how large it is.
    public struct Result: Sendable, Codable, Equatable {
        /// The path of the file or directory that was written.
        public var path: String
        /// The layout in which the model was written.
        public var layout: Layout
        /// How large all of it is.
        public var bytes: Int
        /// What the other program has to do without, as sentences.
        public var notes: [String]
    }

    /// The model to write, with its tokenizer.
    public let source: OpenedModel
    private let model: GPT
    /// How the numbers are stored.
    public var numbers = NumberFormat.float32

    /// An export of a model.
    ///
    /// - Throws: `PipelineError` if it is no GPT.
    public init(_ source: OpenedModel) throws(PipelineError) {
        self.source = source
        model = try opening { () throws(OpeningError) in try source.gpt() }
    }

    /// Writes the model; what is there is replaced at the last moment.
    ///
    /// - Throws: `PipelineError` if the layout does not have the numbers, or the model is not one the
    ///   other program knows.
    public func write(_ layout: Layout, to url: URL) throws(PipelineError) -> Result {
        var notes: [String] = []
        if layout == .huggingFace || layout == .safetensors {
            try describing { () throws(InterchangeError) in
                try numbers.checkForSafetensors(url.path)
            }
        }
        switch layout {
        case .gguf: notes = try writeGGUF(to: url)
        case .huggingFace: notes = try writeDirectory(url)
        case .safetensors:
            try describing(url.path) { () throws(InterchangeError) in
                try SafetensorsFile.write(
                    model.parameters.map { ($0.name, $0.value) }, to: url, format: numbers)
            }
            notes = ["The file holds the weights alone, without sizes and tokenizer."]
        case .llmC:
            guard numbers == .float32 else {
                throw PipelineError("A file of llm.c holds f32, not \(numbers.rawValue).")
            }
            try describing(url.path) { () throws(InterchangeError) in
                try model.export(llmC: url)
            }
            notes = ["A file of llm.c has no tokenizer; keep the tokenizer.json with it."]
        }
        return Result(
            path: url.path, layout: layout, bytes: FileSystem.bytes(of: url), notes: notes)
    }

    /// The token that ends what the model says: of a chat model its turn, else the text.
    private var endToken: Int? {
        let tokenizer = source.tokenizer
        let turn = source.chatTemplate.flatMap { tokenizer.addedToken($0.assistant.after) }
        return (turn?.id ?? tokenizer.endOfText).map(Int.init)
    }

    // MARK: GGUF

    private func writeGGUF(to url: URL) throws(PipelineError) -> [String] {
        var tokenizer: GGUFTokenizer?
        var notes: [String] = []
        if let pairs = source.tokenizer.bytePairTokenizer {
            tokenizer = try describing { () throws(TokenizerError) in try GGUFTokenizer(pairs) }
            tokenizer?.endOfText = endToken
        } else {
            notes.append(
                "llama.cpp has no tokenizer of this kind; the file holds the weights alone.")
        }
        let stored = tokenizer
        try describing(url.path) { () throws(InterchangeError) in
            try model.export(
                gguf: url, format: numbers, tokenizer: stored,
                name: url.deletingPathExtension().lastPathComponent,
                chatTemplate: source.chatTemplate?.jinja)
        }
        if let chat = source.chatTemplate {
            try chatting { () throws(ChatError) in
                try chat.write(to: url.appendingPathExtension(ChatTemplate.fileName))
            }
        }
        return notes
    }

    // MARK: Hugging Face

    private func writeDirectory(_ url: URL) throws(PipelineError) -> [String] {
        var files = try tokenizerFiles()
        if let chat = source.chatTemplate {
            let contents = try chatting { () throws(ChatError) in try chat.fileContents }
            files.append((ChatTemplate.fileName, contents))
        }
        // Made beside its place and moved there whole.
        let hidden = url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).tmp-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: hidden) }
        try? FileManager.default.removeItem(at: hidden)
        try describing(url.path) { () throws(InterchangeError) in
            try model.export(
                huggingFace: hidden, format: numbers, tokenizerFiles: files,
                beginOfText: source.tokenizer.endOfText.map(Int.init), endOfText: endToken)
        }
        try FileSystem.replace(url, with: hidden)
        return source.tokenizer.bytePairTokenizer != nil
            ? [] : ["transformers has no tokenizer of this kind; it opens the model alone."]
    }

    private func tokenizerFiles() throws(PipelineError) -> [(name: String, contents: Data)] {
        guard let pairs = source.tokenizer.bytePairTokenizer else {
            let saved = try SavedTokenizer(saving: source.tokenizer)
            return [("tokenizer.json", Data(saved.contents))]
        }
        let context = model.configuration.contextLength
        let files = try describing { () throws(TokenizerError) in
            try pairs.huggingFaceFiles(contextLength: context)
        }
        guard let chat = source.chatTemplate else { return files }
        return files.map { name, contents in
            guard name == "tokenizer_config.json",
                var object = try? JSONSerialization.jsonObject(with: contents) as? [String: Any]
            else { return (name, contents) }
            object["chat_template"] = chat.jinja
            object["eos_token"] = chat.assistant.after
            let changed = try? JSONSerialization.data(
                withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
            return (name, changed ?? contents)
        }
    }
}
