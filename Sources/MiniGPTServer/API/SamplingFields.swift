import MiniGPT

/// The ranges in which numbers of a request that say how tokens are chosen can be used, whatever a
/// dialect calls them.
enum SamplingRange {
    static let share = 0.0...1.0
    static let penalty = -100.0...100.0
    static let repetition = 0.01...100.0
    static let count = 0...1_000_000
    /// llama.cpp's: below 0 is all, or off.
    static let countOrAll = -1...1_000_000
    static let strength = 0.0...100.0
    static let strengthOrOff = -1.0...100.0
}

extension SamplingParameters {
    /// The chain of the stages that do something.
    ///
    /// - Throws: `APIError` with the name of the parameter that cannot be used.
    func requestedChain(_ order: SamplerOrder) throws(APIError) -> SamplerChain {
        do {
            return try chain(order: order)
        } catch {
            throw APIError(error)
        }
    }
}
