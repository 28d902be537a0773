import Foundation
import MiniGPT
import MiniTensor
import Testing

@testable import MiniPipeline

/// The checks share the processors, so one at a time.
@Suite("Doctor", .serialized)
struct DoctorTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("minigpt-doctor-\(UUID().uuidString)")

    private struct Fixed: Check {
        let name: String
        let state: Diagnosis.State

        func examine() throws -> Diagnosis { Diagnosis(state, "found") }
    }

    private struct Throwing: Check {
        let name = "thrown"

        func examine() throws -> Diagnosis { throw PipelineError("The tea is cold.") }
    }

    @Test("A report is healthy as long as nothing fails, and what a check throws is a failure")
    func report() {
        let good = Doctor(checks: [
            Fixed(name: "a", state: .good), Fixed(name: "b", state: .warning),
        ])
        #expect(good.examine().isHealthy)
        var names: [String] = []
        let bad = Doctor(checks: [
            Fixed(name: "a", state: .good), Fixed(name: "b", state: .failure), Throwing(),
        ]).examine { names.append($0.name) }
        #expect(!bad.isHealthy)
        #expect(bad.failures == ["b", "thrown"] && names == ["a", "b", "thrown"])
        #expect(bad.findings[2].diagnosis.detail == "The tea is cold.")
        #expect(bad.findings[2].diagnosis.remedy != nil)
    }

    @Test("Gradients are right here, and a wrong one is found, named and has a remedy")
    func gradientsOfOperations() throws {
        #expect(OperationGradientCheck().examine().state == .good)
        for (index, wrong) in OperationGradientCheck.usual.enumerated() {
            var check = OperationGradientCheck()
            check.cases[index].gradients = { inputs, function in
                valueAndGradients(at: inputs, of: function).gradients.map { $0 * 1.5 }
            }
            let found = check.examine()
            #expect(found.state == .failure, "\(wrong.name)")
            #expect(found.detail.contains(wrong.name) && found.remedy != nil)
        }
    }

    @Test("The gradients of a GPT are right here, and 5 % too much or not a number is found")
    func gradientsOfModel() {
        let right = ModelGradientCheck().examine()
        #expect(right.state == .good, "\(right.detail)")
        #expect(right.facts.count == 28)
        #expect(ModelGradientCheck(error: 1.05).examine().state == .failure)
        #expect(ModelGradientCheck(error: .nan).examine().state == .failure)
    }

    @Test("Kernels are right on every instruction set, and a wrong one is found")
    func kernels() {
        #expect(KernelAccuracy.available.contains("portable"))
        for set in KernelAccuracy.available {
            let found = KernelAccuracyCheck(set).examine()
            #expect(found.state == .good, "\(set): \(found.detail)")
            #expect(found.facts.count == (set == "amx" ? 1 : 10))
        }
        var wrong = KernelAccuracyCheck("portable")
        wrong.errors = { _ in [.init("exp", 1e-7), .init("tanh", 0.2)] }
        #expect(wrong.examine().state == .failure)
        #expect(wrong.examine().detail.contains("tanh"))
        var broken = KernelAccuracyCheck("portable")
        broken.errors = { _ in [.init("exp", .nan)] }
        #expect(broken.examine().state == .failure)
        #expect(KernelAccuracyCheck("none").examine().state == .warning)
    }

    @Test("Bits are the same on all threads, and a result that depends on them is found")
    func threads() {
        #expect(ThreadCheck().examine().state == .good)
        var wrong = ThreadCheck()
        wrong.threads = 2
        wrong.result = { [Float(Compute.threads), 1] }
        #expect(wrong.examine().state == .failure)
        #expect(wrong.examine().detail.hasPrefix("1 of 2"))
        wrong.result = { [] }
        #expect(wrong.examine().state == .failure)
    }

    @Test("Every format of weights predicts what the model does, within what it may lose")
    func formats() {
        #expect(FormatCheck().examine().state == .good)
        let strict = FormatCheck(tolerances: [(.float32, 1e-4), (.q4, 1e-6)])
        let found = strict.examine()
        #expect(found.state == .failure)
        #expect(found.remedy?.contains("q4_0") == true)
    }

    @Test(
        "A checkpoint comes back as it was; one that is damaged meanwhile does not, and nothing is left"
    )
    func checkpoints() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let check = CheckpointCheck(folder: folder)
        #expect(try check.examine().state == .good)
        var damaged = check
        damaged.meanwhile = { directory in
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            for name in names where name.hasSuffix(".safetensors") {
                let url = directory.appendingPathComponent(name)
                var data = try Data(contentsOf: url)
                data[data.count - 5] ^= 1
                try data.write(to: url)
            }
        }
        let report = Doctor(checks: [damaged]).examine()
        #expect(report.failures == ["checkpoints"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("The disk is measured where the project will be, and nothing is left there")
    func disk() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let found = DiskCheck(folder: folder.appendingPathComponent("not/yet/there")).examine()
        #expect(found.state != .failure)
        #expect(found.facts["folder"] == folder.standardizedFileURL.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        let refused = DiskCheck(folder: URL(fileURLWithPath: "/proc/self")).examine()
        #expect(refused.state == .failure && refused.remedy?.contains("another folder") == true)
    }

    @Test("Variables that slow the program down or mean nothing are named")
    func environment() {
        #expect(EnvironmentCheck(variables: ["LANG": "C", "HOME": "/x"]).examine().state == .good)
        for (name, value) in [
            ("OPENBLAS_CORETYPE", "Prescott"), ("MINIGPT_THREADS", "many"),
            ("MINIGPT_THREADS", "0"), ("MINIGPT_PRODUCTS", "blass"), ("MINIGPT_KERNELS", "avx9000"),
        ] {
            let found = EnvironmentCheck(variables: [name: value]).examine()
            #expect(found.state == .warning)
            #expect(found.remedy?.contains(name) == true && found.facts[name] == value)
        }
    }

    @Test("Slower kernels, a small quota, little memory and small pages are told with what to do")
    func warnings() {
        #expect(KernelCheck(chosen: "portable", best: "avx2").examine().state == .warning)
        #expect(KernelCheck(chosen: "avx2", best: "avx2").examine().state == .good)
        let limited = LimitCheck(threads: 8, processors: 2).examine()
        #expect(limited.state == .warning && limited.remedy?.contains("MINIGPT_THREADS=2") == true)
        #expect(LimitCheck(threads: 2, processors: nil).examine().state == .good)
        #expect(MemoryCheck(hugePages: "always madvise [never]").examine().state == .warning)
        let speed = MatrixSpeedCheck(core: "an unknown core")
        #expect(speed.judge(share: 0.2, detail: "", facts: [:]).state == .warning)
        #expect(speed.judge(share: 0.8, detail: "", facts: [:]).state == .good)
    }

    @Test(
        "An OpenBLAS that takes the processor for a narrower one is told with what to do",
        arguments: [
            ("Prescott", "avx avx2 fma avx512f", "SkylakeX"),
            ("Haswell", "avx2 avx512f", "SkylakeX"),
            ("Nehalem", "avx avx2 fma", "Haswell"), ("SkylakeX", "avx512f", nil),
            ("Haswell", "avx avx2 fma", nil), ("Zen5", "avx512f", nil),
        ] as [(String, String, String?)])
    func narrowBLAS(core: String, flags: String, better: String?) {
        let processor = Processor(
            description: "vendor_id\t: GenuineIntel\nflags\t: \(flags)\n")
        let found = MatrixSpeedCheck(processor: processor, core: core).judge(
            share: 0.8, detail: "", facts: [:])
        #expect(found.state == (better == nil ? .good : .warning))
        #expect(
            better == nil || found.remedy?.contains("OPENBLAS_CORETYPE=\(better ?? "")") == true)
    }

    @Test("A processor is what the system says of it")
    func processor() {
        let zen4 = Processor(
            description: """
                vendor_id\t: AuthenticAMD
                cpu family\t: 25
                model name\t: AMD EPYC 9R14
                flags\t\t: sse2 avx avx2 fma f16c avx512f avx512bw

                vendor_id\t: other
                """)
        #expect(zen4.name == "AMD EPYC 9R14")
        #expect(
            zen4.vectorFeatures == ["sse2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw"])
        #expect(zen4.operationsPerCycle == 32)
        #expect(Processor(description: "").operationsPerCycle == 8)
        #expect(Processor.measureFrequency() > 0.1)
    }
}
