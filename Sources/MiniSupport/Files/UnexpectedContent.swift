/// What a file is when it is not what its reader expects: something that people often have in a
/// file's place, known by its first bytes.
///
/// A reader asks when the content makes no sense to it, and shows ``sentence`` in place of a
/// complaint about one byte of something that is another format altogether.
package enum UnexpectedContent: Equatable, Sendable {
    /// Nothing at all.
    case empty
    /// The text that Git stores in place of a large file, with the size that the file has.
    case gitLFSPointer(size: Int?)
    /// A page for people, in HTML or XML.
    case page
    /// A server's refusal as plain text, such as "Entry not found".
    case refusal(String)
    /// Zero bytes only: the room of a download that never came.
    case zeros
    /// An archive in ZIP's format, which is also what PyTorch's `save` writes.
    case zip
    /// A pickle of Python, which is also what PyTorch's `save` wrote before 2020.
    case pickle
    /// A file compressed by gzip.
    case gzip
    /// Weights in safetensors' format.
    case safetensors
    /// Weights in GGUF's format.
    case gguf
    /// Weights in one of llama.cpp's formats before GGUF.
    case ggml(name: String)
    /// Weights of llm.c.
    case llmC
    /// Weights of TensorFlow or Keras.
    case hdf5

    /// How many bytes from the start of a file are enough to recognise everything here.
    package static let headLength = 1024

    /// Recognises content by its first bytes, ``headLength`` of them or all if there are fewer;
    /// `nil` if it is none of these.
    package init?(head: some Collection<UInt8>) {
        let bytes = Array(head.prefix(Self.headLength))
        if let kind = Self.binary(bytes) ?? Self.text(bytes) {
            self = kind
        } else {
            return nil
        }
    }

    private static func binary(_ bytes: [UInt8]) -> UnexpectedContent? {
        if bytes.isEmpty { return .empty }
        // First, since the length of its header may have the first bytes of any of the others.
        if isSafetensors(bytes) { return .safetensors }
        if bytes.starts(with: "PK\u{3}\u{4}".utf8) { return .zip }
        if bytes.starts(with: "GGUF".utf8) { return .gguf }
        if bytes.starts(with: [0x1F, 0x8B, 0x08]) { return .gzip }
        // PROTO with a version, and an opcode that Python begins its pickles with.
        if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]), bytes[2] >= 0x28 {
            return .pickle
        }
        // Magic numbers of four letters, little-endian.
        for (magic, name) in [
            ("lmgg", "GGML"), ("fmgg", "GGMF"), ("tjgg", "GGJT"), ("algg", "GGLA"),
        ] where bytes.starts(with: magic.utf8) {
            return .ggml(name: name)
        }
        // 20240326, and the version.
        if bytes.count >= 8, bytes.starts(with: [0xC6, 0xD7, 0x34, 0x01]), bytes[5] == 0 {
            return .llmC
        }
        if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A]) { return .hdf5 }
        if bytes.count >= 8, bytes.allSatisfy({ $0 == 0 }) { return .zeros }
        return nil
    }

    /// Whether there are the length of a header in 8 bytes, of which the upper ones are 0, and the
    /// object that it is the length of.
    private static func isSafetensors(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 9, bytes[4...7].allSatisfy({ $0 == 0 }), bytes[..<4] != [0, 0, 0, 0]
        else { return false }
        let first = bytes[8...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return first == UInt8(ascii: "{")
    }

    private static func text(_ bytes: [UInt8]) -> UnexpectedContent? {
        let marked = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        let content = marked.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let text = String(decoding: content, as: UTF8.self)
        if text.hasPrefix("version https://git-lfs.github.com/")
            || text.hasPrefix("version https://hawser.github.com/")
        {
            let size = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("size ") }
            return .gitLFSPointer(size: size.flatMap { Int($0.dropFirst(5)) })
        }
        let start = text.prefix(16).lowercased()
        let isPage = ["<!doctype html", "<html", "<head", "<?xml"].contains { start.hasPrefix($0) }
        if isPage { return .page }
        // What Hugging Face and GitHub answer in place of a file.
        let refusals = [
            "Entry not found", "Repository not found", "Invalid username or password",
            "Access to model", "Access to dataset", "Access denied", "404: Not Found", "Not Found",
        ]
        if refusals.contains(where: { text.hasPrefix($0) }) {
            return .refusal(text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "")
        }
        return nil
    }

    /// What the content is and what to do, as one or two sentences that begin with "It".
    package var sentence: String {
        switch self {
        case .empty:
            "It is empty: download or write it again."
        case .gitLFSPointer(let size):
            "It is a Git LFS pointer, the text that stands for a large file"
                + (size.map { " of \($0.groupedDigits) bytes" } ?? "")
                + ", not the file itself. Fetch it with `git lfs pull` in its repository."
        case .page:
            "It is a web page, not the file itself. Download it from the link of the file's content "
                + "(at Hugging Face the one with /resolve/ in place of /blob/), for example with "
                + "`curl --fail --location --remote-name LINK`."
        case .refusal(let text):
            "It is a server's answer, \(quoted(text)), not the file itself. Log in if that is "
                + "needed, and download it again with `curl --fail --location`, which stores no "
                + "such answers."
        case .zeros:
            "It holds zero bytes only, as an interrupted download leaves. Download it again."
        case .zip:
            "It is a ZIP archive, such as PyTorch's `torch.save` writes for weights."
        case .pickle:
            "It is a pickle of Python, such as PyTorch's `torch.save` wrote for weights."
        case .gzip:
            "It is compressed. Decompress it with `gunzip`."
        case .safetensors:
            "It is a safetensors file, which holds weights."
        case .gguf:
            "It is a GGUF file, which holds a model."
        case .ggml(let name):
            "It is of llama.cpp's format \(name), from before August 2023. Convert it with "
                + "llama.cpp's `convert_llama_ggml_to_gguf.py`, or download a GGUF file."
        case .llmC:
            "It is a file of llm.c, which holds a model."
        case .hdf5:
            "It is an HDF5 file, as TensorFlow writes for weights. Open it in transformers with "
                + "`from_tf=True` and save it with `save_pretrained`."
        }
    }
}
