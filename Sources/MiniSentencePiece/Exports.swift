// A file of a model is of no use without the tokenizer that it holds.
@_exported import MiniTokenizer
