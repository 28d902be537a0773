import Foundation
import MiniGPT
import MiniTensor

/// Of which version everything is.
struct VersionCheck: Check {
    let name = "versions"

    func examine() -> Diagnosis {
        var names = utsname()
        uname(&names)
        let kernel = withUnsafeBytes(of: &names.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let system = Self.distribution ?? ProcessInfo.processInfo.operatingSystemVersionString
        let facts = [
            "minigpt": Self.package, "swift": Self.swift, "system": system, "kernel": kernel,
            "build": Self.build,
        ]
        let detail =
            "minigpt \(Self.package) (\(Self.build)), Swift \(Self.swift), \(system), kernel \(kernel)"
        guard Self.build == "release" else {
            return Diagnosis(
                .warning, detail,
                remedy: "Build with `-c release`: this build is many times slower.",
                facts: facts)
        }
        return Diagnosis(.good, detail, facts: facts)
    }

    /// The version of this package.
    static let package = "0.1.0"

    private static var distribution: String? {
        let lines = (SystemFile.read("/etc/os-release") ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("PRETTY_NAME=") }
            .map { $0.dropFirst(12).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
    }

    private static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    /// The compiler does not tell its version otherwise.
    private static var swift: String {
        #if compiler(>=6.5)
            "6.5 or later"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #else
            "6.1"
        #endif
    }
}

/// Which processor it is and what it can do.
struct ProcessorCheck: Check {
    let name = "processor"
    var processor = Processor()

    func examine() -> Diagnosis {
        let frequency = Processor.measureFrequency()
        let count = ProcessInfo.processInfo.activeProcessorCount
        let features = processor.vectorFeatures.joined(separator: " ")
        return Diagnosis(
            .good,
            "\(processor.name), \(count) processors at \(String(format: "%.2f", frequency)) GHz; \(features)",
            facts: [
                "model": processor.name, "processors": "\(count)", "features": features,
                "gigahertz": String(format: "%.3f", frequency),
            ])
    }
}

/// Which of the vector kernels are in use.
struct KernelCheck: Check {
    let name = "kernels"
    var chosen = Compute.kernelName
    var best = KernelAccuracy.available.last ?? "portable"

    func examine() -> Diagnosis {
        let facts = ["kernels": chosen, "best": best]
        guard chosen != best else { return Diagnosis(.good, chosen, facts: facts) }
        return Diagnosis(
            .warning, "\(chosen), but this processor can run \(best)",
            remedy: "Unset MINIGPT_KERNELS to use the fastest.", facts: facts)
    }
}

/// What the system lets this process have.
struct LimitCheck: Check {
    let name = "threads and limits"
    var threads = Compute.threads
    var processors = ControlGroup.processors

    func examine() -> Diagnosis {
        let limits = Self.limits()
        let files = Int(clamping: limits.files)
        let space = limits.space == .max ? "unlimited" : "\(limits.space)"
        let quota = processors.map { String(format: "%.2g processors", $0) } ?? "none"
        let detail =
            "\(threads) threads in use; quota of the control group \(quota); \(files) open files; address space \(space)"
        let facts = [
            "threads": "\(threads)", "quota": quota, "openFiles": "\(files)", "addressSpace": space,
        ]
        if let processors, processors < Double(threads) - 0.5 {
            let fewer = max(1, Int(processors))
            return Diagnosis(
                .warning, detail,
                remedy:
                    "The control group stops more threads than it has processors for: set MINIGPT_THREADS=\(fewer).",
                setting: .threads, facts: facts)
        }
        guard files >= 64 else {
            return Diagnosis(
                .failure, detail, remedy: "Raise the limit of open files with `ulimit -n 1024`.",
                facts: facts)
        }
        return Diagnosis(.good, detail, facts: facts)
    }

    /// Files that may be open, and bytes of address space.
    private static func limits() -> (files: UInt64, space: UInt64) {
        var (files, space) = (rlimit(), rlimit())
        #if os(Linux)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
            getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)
        #else
            getrlimit(RLIMIT_NOFILE, &files)
            getrlimit(RLIMIT_AS, &space)
        #endif
        return (UInt64(files.rlim_cur), UInt64(space.rlim_cur))
    }
}

/// The variables that change what this program does.
struct EnvironmentCheck: Check {
    let name = "environment"
    var variables = ProcessInfo.processInfo.environment

    func examine() -> Diagnosis {
        let prefixes = ["OPENBLAS_", "MINIGPT_", "OMP_", "GOTO_", "MALLOC_", "LD_"]
        let others = ["NO_COLOR", "TERM", "LANG"]
        let found = variables.filter { name, _ in
            prefixes.contains(where: name.hasPrefix) || others.contains(name)
        }
        let list = found.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let detail = list.isEmpty ? "nothing set" : list.joined(separator: " ")
        let remedies = complaints
        return Diagnosis(
            remedies.isEmpty ? .good : .warning, detail,
            remedy: remedies.isEmpty ? nil : remedies.joined(separator: " "), facts: found)
    }

    private var complaints: [String] {
        var sentences: [String] = []
        if let threads = variables["MINIGPT_THREADS"], Int(threads).map({ $0 < 1 }) ?? true {
            sentences.append("MINIGPT_THREADS is \(threads), not a number above 0: it is ignored.")
        }
        if let complaint = variables["MINIGPT_KERNELS"].flatMap(Compute.complaint(aboutKernels:)) {
            sentences.append(complaint)
        }
        do {
            _ = try ProductEngine(environment: variables)
        } catch {
            sentences.append(error.description)
        }
        if let core = variables["OPENBLAS_CORETYPE"] {
            sentences.append(
                "OPENBLAS_CORETYPE=\(core) makes OpenBLAS use the kernels of that processor; unset it unless you mean that."
            )
        }
        return sentences
    }
}
