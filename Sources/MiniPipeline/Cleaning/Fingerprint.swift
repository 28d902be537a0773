import MiniSupport

/// What is kept of a text to find it again: its exact contents in 128 bits, and a sketch of its runs of
/// five words from which can be estimated how many two texts share.
struct Fingerprint: Equatable {
    /// The same for the same bytes.
    struct Exact: Hashable {
        let checksum: UInt64
        let hash: UInt64
        let count: Int
    }

    let exact: Exact
    /// The smallest hash in each of the bins; none if the text has no run of five words.
    let sketch: [UInt32]?

    /// Into so many bins the hashes fall.
    static let bins = 256
    /// So many words make a run.
    static let run = 5

    init(_ text: [UInt8]) {
        var hash = FNV1a(basis: 0x9E37_79B9_7F4A_7C15)
        for byte in text { hash.add(byte) }
        exact = Exact(checksum: CRC64(text).value, hash: Self.mix(hash.value), count: text.count)
        sketch = Self.sketch(text)
    }

    /// A sketch by one permutation (Li, Owen & Zhang 2012, "One Permutation Hashing"): each run of words
    /// has one hash, of which eight bits choose the bin and others compete to be the smallest in it.
    /// The share of bins in which two sketches agree estimates the share of runs that two texts have in
    /// common (Broder 1997, "On the resemblance and containment of documents"), with a deviation of
    /// three hundredths at most.
    private static func sketch(_ text: [UInt8]) -> [UInt32]? {
        var builder = SketchBuilder()
        let start = FNV1a()
        var hash = start
        text.withUnsafeBufferPointer { text in
            for index in text.indices {
                let byte = text[index]
                let isLetter = byte >= 0x80 || isWordByte(byte)
                if isLetter {
                    // Letters and digits in a row, capital or small, make a word.
                    hash.add(byte < 0x80 ? byte | 0x20 : byte)
                }
                // Of Chinese and Japanese each character is one.
                let isUnspaced =
                    byte & 0xC0 == 0x80 && index >= 2 && (0xE3...0xE9).contains(text[index - 2])
                if !isLetter || isUnspaced, hash != start {
                    builder.take(mix(hash.value))
                    hash = start
                }
            }
        }
        if hash != start { builder.take(mix(hash.value)) }
        return builder.sketch
    }

    /// Collects the smallest hash of each bin.
    private struct SketchBuilder {
        private var bins = [UInt32](repeating: .max, count: Fingerprint.bins)
        private var (last, second, third, fourth) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
        private var words = 0

        @inline(__always)
        mutating func take(_ word: UInt64) {
            let run = mix(
                word &+ 3 &* last &+ 5 &* rotate(second, 13) &+ 7 &* rotate(third, 29)
                    &+ 11 &* rotate(fourth, 43))
            (last, second, third, fourth) = (word, last, second, third)
            words += 1
            guard words >= Fingerprint.run else { return }
            let bin = Int(run >> 56)
            bins[bin] = min(bins[bin], UInt32(truncatingIfNeeded: run) & 0x7FFF_FFFF)
        }

        var sketch: [UInt32]? {
            guard words >= Fingerprint.run else { return nil }
            var sketch = bins
            fill(&sketch)
            return sketch
        }
    }

    @inline(__always)
    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 97 && byte | 0x20 <= 122) || (byte >= 48 && byte <= 57)
    }

    /// A bin that nothing fell in takes over from another, found in the same way for all texts
    /// (Shrivastava 2017, "Optimal Densification for Fast and Accurate Minwise Hashing").
    private static func fill(_ sketch: inout [UInt32]) {
        let original = sketch
        for bin in 0..<bins where original[bin] == .max {
            var attempt: UInt64 = 1
            while true {
                let other = Int(mix(UInt64(bin) << 32 | attempt) % UInt64(bins))
                if original[other] != .max {
                    sketch[bin] = original[other]
                    break
                }
                attempt += 1
            }
        }
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }

    /// Spreads over all bits: the last step of SplitMix64.
    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        var value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// The share of the bins in which two sketches agree.
    static func resemblance(_ a: [UInt32], _ b: [UInt32]) -> Double {
        Double(zip(a, b).count { $0 == $1 }) / Double(bins)
    }
}

/// Finds among the texts so far those that are the same as another, or nearly.
struct DuplicateFinder {
    /// What a text is a copy of.
    enum Match: Equatable {
        case same(as: Int)
        case near(Int, resemblance: Double)
    }

    private let threshold: Double
    private let findsSame: Bool
    private let rows: Int
    private var exact: [Fingerprint.Exact: Int] = [:]
    private var sketches: [Int: [UInt32]] = [:]
    /// Which texts have the same values in a band of bins.
    private var bands: [UInt64: [Int]] = [:]

    /// - Parameter threshold: the share of runs of words from which on texts are nearly the same; 0 to
    ///   look for none.
    init(threshold: Double, findsSame: Bool) {
        self.threshold = threshold
        self.findsSame = findsSame
        rows = Self.rows(for: threshold)
    }

    /// Bins to a band: as many as leave pairs at the threshold a chance of 99 % to agree in all bins of
    /// some band, 1 − (1 − tʳ)ᵇ (Leskovec, Rajaraman & Ullman 2014, section 3.4).
    static func rows(for threshold: Double) -> Int {
        func chance(_ rows: Int) -> Double {
            var misses = 1.0
            let agree = (0..<rows).reduce(1.0) { product, _ in product * threshold }
            for _ in 0..<Fingerprint.bins / rows { misses *= 1 - agree }
            return 1 - misses
        }
        return [32, 16, 8, 4, 2].first { chance($0) >= 0.99 } ?? 1
    }

    /// What the text is a copy of; a text that is none is remembered under its number.
    mutating func look(for text: Fingerprint, number: Int) -> Match? {
        if findsSame, let other = exact[text.exact] { return .same(as: other) }
        guard threshold > 0, let sketch = text.sketch else {
            exact[text.exact] = number
            return nil
        }
        let keys = keys(sketch)
        var looked = Set<Int>()
        for key in keys {
            for other in bands[key] ?? [] where looked.insert(other).inserted {
                guard let known = sketches[other] else { continue }
                let resemblance = Fingerprint.resemblance(sketch, known)
                if resemblance >= threshold { return .near(other, resemblance: resemblance) }
            }
        }
        exact[text.exact] = number
        sketches[number] = sketch
        for key in keys { bands[key, default: []].append(number) }
        return nil
    }

    private func keys(_ sketch: [UInt32]) -> [UInt64] {
        stride(from: 0, to: Fingerprint.bins, by: rows).map { start in
            sketch[start..<start + rows].reduce(UInt64(start + 1)) {
                Fingerprint.mix($0 &* 0x9E37_79B9_7F4A_7C15 &+ UInt64($1))
            }
        }
    }
}
