// In every file of this module and of those above it, `precondition` is the one that speaks.
@_exported import MiniSupport
