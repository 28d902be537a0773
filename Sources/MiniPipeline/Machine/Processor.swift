import Foundation

/// The processor, as the system describes it.
struct Processor {
    /// Its name.
    let name: String
    /// What it can do: "avx2", "fma".
    let features: Set<String>
    private let vendor: String
    private let family: Int

    /// This machine's: its name and features do not change while a process runs.
    static let current = Processor()

    /// This machine's.
    init() { self.init(description: SystemFile.read("/proc/cpuinfo") ?? "") }

    /// A processor as Linux describes it.
    init(description: String) {
        var fields: [String: String] = [:]
        for line in description.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, fields[parts[0]] == nil { fields[parts[0]] = parts[1] }
        }
        name = fields["model name"] ?? "unknown processor"
        vendor = fields["vendor_id"] ?? ""
        family = Int(fields["cpu family"] ?? "") ?? 0
        let list = fields["flags"] ?? fields["Features"] ?? ""
        features = Set(list.split(separator: " ").map(String.init))
    }

    /// Those that matter to vector kernels, in order.
    var vectorFeatures: [String] {
        [
            "sse2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl",
            "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_bf16", "amx_int8", "asimd", "sve",
        ].filter(features.contains)
    }

    /// The bits in its widest vectors that multiply floats.
    var vectorBits: Int {
        if features.contains("avx512f") { return 512 }
        return features.contains("avx") ? 256 : 128
    }

    /// Whether it is one of AMD's.
    var isAMD: Bool { vendor == "AuthenticAMD" }

    /// 32-bit operations that a core can do in a cycle: two multiply-adds of whole vectors on most,
    /// with AVX-512 at half its width on AMD's Zen 4 (family 25).
    var operationsPerCycle: Double {
        if features.contains("avx512f") {
            return isAMD && family == 25 ? 32 : 64
        }
        if features.contains("avx2"), features.contains("fma") { return 32 }
        return features.contains("avx") ? 16 : 8
    }

    /// Its frequency right now, in GHz, from a chain of operations that each wait for the one before:
    /// a multiplication takes three cycles and what follows one.
    static func measureFrequency() -> Double {
        let count = 4_000_000
        let clock = ContinuousClock()
        var fastest = Double.infinity
        var value = UInt64(count)
        for _ in 0..<5 {
            let time = clock.measure {
                for index in 0..<UInt64(count) { value = (value &* 0x9E37_79B9_7F4A_7C15) ^ index }
            }
            fastest = min(fastest, time / .seconds(1))
        }
        // The result is used, so that the chain is made at all.
        return value == 0 ? 0 : 4 * Double(count) / fastest / 1e9
    }
}
