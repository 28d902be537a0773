// `import MiniNN` gives tensors too.
@_exported import MiniTensor
