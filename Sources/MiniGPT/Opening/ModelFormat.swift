/// The format of the files that a model is in.
public enum ModelFormat: String, Sendable, Codable, CaseIterable {
    /// A checkpoint of a training.
    case checkpoint
    /// A directory with `config.json` and `model.safetensors`.
    case huggingFace = "huggingface"
    /// One file, llama.cpp's.
    case gguf
    /// One file, llm.c's; it has no tokenizer.
    case llmC = "llmc"
}
