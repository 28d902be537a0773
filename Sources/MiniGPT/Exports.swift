// `import MiniGPT` gives tensors and tokenizers too.
@_exported import MiniTensor
@_exported import MiniTokenizer
