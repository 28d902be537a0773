import Foundation
import MiniNN
import MiniTensor

/// A token that can be chosen.
public struct Candidate: Sendable, Equatable {
    /// The token.
    public var token: Int32
    /// How likely it is, before any softmax.
    public var logit: Float
}

/// The tokens that can still be chosen, from all of the vocabulary at first to the few that the
/// stages of a chain leave.
///
/// It sorts only as far as somebody looks: `sortFirst(_:)` puts the likeliest to the front and leaves
/// the rest as it is. There is always a candidate: what would take the last ones away leaves the
/// likeliest.
public struct Candidates: Sendable {
    /// The likeliest first, as far as they are sorted.
    public private(set) var entries: [Candidate]
    /// So many at the front are the likeliest, in order.
    private var sortedCount = 0
    /// Whether they still stand in the order of their tokens.
    private var isByToken = true

    /// All tokens of a vocabulary.
    ///
    /// A logit of −∞, or one that is not a number, stands for a token that cannot be chosen. If no
    /// token can be chosen, it is the first.
    ///
    /// - Precondition: there is a logit.
    public init(_ logits: [Float]) {
        precondition(!logits.isEmpty, "There are no logits to choose a token from.")
        entries = [Candidate](unsafeUninitializedCapacity: logits.count) { buffer, count in
            for (token, logit) in logits.enumerated() where logit > -.infinity {
                buffer.initializeElement(
                    at: count, to: Candidate(token: Int32(token), logit: logit.limited))
                count += 1
            }
        }
        if entries.isEmpty { entries = [Candidate(token: 0, logit: 0)] }
    }

    /// How many there are; at least one.
    public var count: Int { entries.count }

    /// The likeliest, of equals the one with the lowest token.
    public var best: Candidate {
        if sortedCount > 0 { return entries[0] }
        var best = entries[0]
        for entry in entries where Self.isBefore(entry, best) { best = entry }
        return best
    }

    static func isBefore(_ a: Candidate, _ b: Candidate) -> Bool {
        a.logit > b.logit || a.logit == b.logit && a.token < b.token
    }

    /// Puts the `count` likeliest first, in order; equals by token.
    public mutating func sortFirst(_ count: Int) {
        guard count > sortedCount, sortedCount < entries.count else { return }
        entries.sortFirst(count - sortedCount, from: sortedCount, by: Self.isBefore)
        sortedCount = Swift.min(count, entries.count)
        isByToken = false
    }

    // MARK: Taking away

    /// Leaves the `count` likeliest, in order; at least one.
    public mutating func keepLargest(_ count: Int) {
        let kept = Swift.max(count, 1)
        sortFirst(kept)
        if kept < entries.count { entries.removeLast(entries.count - kept) }
        sortedCount = Swift.min(sortedCount, entries.count)
    }

    /// Takes the likeliest away, but not all.
    public mutating func dropLargest(_ count: Int) {
        let dropped = Swift.min(count, entries.count - 1)
        guard dropped > 0 else { return }
        sortFirst(dropped + 1)
        entries.removeFirst(dropped)
        sortedCount -= dropped
    }

    /// Leaves those that fulfil a condition; if none does, the likeliest.
    public mutating func keep(where condition: (Candidate) -> Bool) {
        let front = entries[..<sortedCount].count(where: condition)
        let kept = entries.filter(condition)
        if kept.isEmpty {
            entries = [best]
            sortedCount = 1
        } else {
            entries = kept
            sortedCount = front
        }
    }

    // MARK: Changing

    /// Replaces the logits of some tokens; one that becomes −∞ takes its token away.
    ///
    /// Tokens that are no candidates are passed over.
    public mutating func change<Value>(
        _ values: [Int32: Value], _ changed: (Float, Value) -> Float
    ) {
        guard !values.isEmpty else { return }
        var removesSome = false
        func change(_ index: Int, _ value: Value, _ entries: inout [Candidate]) {
            let logit = changed(entries[index].logit, value).limited
            entries[index].logit = logit
            if !(logit > -.infinity) { removesSome = true }
        }
        // All can go away only if all are changed.
        let old = values.count >= entries.count ? best : entries[0]
        if isByToken {
            for (token, value) in values {
                if let index = index(of: token) { change(index, value, &entries) }
            }
        } else {
            for index in entries.indices {
                if let value = values[entries[index].token] { change(index, value, &entries) }
            }
            sortedCount = 0
        }
        guard removesSome else { return }
        entries.removeAll { !($0.logit > -.infinity) }
        if entries.isEmpty { entries = [old] }
    }

    /// Divides all logits.
    ///
    /// - Precondition: the divisor is above 0.
    public mutating func divide(by divisor: Float) {
        guard divisor != 1 else { return }
        for index in entries.indices {
            entries[index].logit = (entries[index].logit / divisor).limited
        }
    }

    /// By bisection, as long as they stand in order.
    private func index(of token: Int32) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].token < token { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].token == token ? low : nil
    }
}

extension Float {
    /// The largest finite number instead of ∞, so that differences stay numbers.
    fileprivate var limited: Float { self == .infinity ? .greatestFiniteMagnitude : self }
}
