// `import MiniGPT` gives tensors, modules and tokenizers too.
@_exported import MiniNN
@_exported import MiniTensor
@_exported import MiniTokenizer
