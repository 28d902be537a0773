import Foundation
import MiniGPT

/// The largest memory this process has had, in bytes.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (Int(line.split(separator: " ").dropLast().last ?? "") ?? 0) << 10
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .seconds(1)
}

func milliseconds(_ values: [Double]) -> String {
    let sorted = values.sorted()
    return String(
        format: "median %.0f ms, best %.0f ms", sorted[sorted.count / 2] * 1e3, sorted[0] * 1e3)
}

/// Where `readFile` puts the file.
enum Target: String, CaseIterable {
    /// A piece at a time, into the same MiB.
    case reused = "one reused MiB"
    /// All of it, into fresh memory.
    case fresh = "fresh memory"
    /// All of it, into fresh memory on pages of 2 MiB.
    case largePages = "fresh memory on large pages"
}

/// Reads the whole file, with one thread.
func readFile(_ url: URL, into target: Target) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw Failure(description: "\(url.path) cannot be opened.") }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let isWhole = target != .reused
    let piece = isWhole ? size : 1 << 20
    let alignment = target == .largePages ? 2 << 20 : 4_096
    let memory = UnsafeMutableRawPointer.allocate(byteCount: piece, alignment: alignment)
    defer { memory.deallocate() }
    #if os(Linux)
        if target == .largePages { madvise(memory, piece, MADV_HUGEPAGE) }
    #endif
    var offset = 0
    while offset < size {
        let place = isWhole ? memory + offset : memory
        let count = pread(descriptor, place, min(piece, size - offset), off_t(offset))
        guard count > 0 else { throw Failure(description: "\(url.path) cannot be read.") }
        offset += count
    }
}

func measureLoading(_ place: Place) throws {
    try readFile(place.file, into: .reused)  // now it is in the page cache
    let before = peakMemory()
    var times: [String: [Double]] = [:]
    var parameters = 0
    for round in 0..<7 {
        var model: GPT?
        times["load", default: []].append(try seconds { model = try place.load() })
        parameters = model?.parameterCount ?? 0
        model = nil
        if round == 0 {
            // Before anything else could raise the peak.
            let size = 4 * parameters
            let share = Double(peakMemory() - before) / Double(size)
            print(String(format: "peak memory %.3f × the %d bytes of the model", share, size))
        }
        BufferPool.shared.trim()
        for target in Target.allCases {
            times[target.rawValue, default: []].append(
                try seconds { try readFile(place.file, into: target) })
        }
    }
    print("load: \(milliseconds(times["load"] ?? [])), \(parameters) parameters")
    for target in Target.allCases {
        print(
            "the file read into \(target.rawValue): \(milliseconds(times[target.rawValue] ?? []))")
    }
}

func measureSaving(_ source: Place, _ target: Place) throws {
    let model = try source.load()
    guard case .huggingFace(let url) = target else {
        throw Failure(description: "Saving is measured with a directory.")
    }
    var (save, plain): ([Double], [Double]) = ([], [])
    let other = url.appendingPathComponent("plain")
    for _ in 0..<5 {
        unlink(target.file.path)
        save.append(try seconds { try model.export(huggingFace: url) })
        let data = try Data(contentsOf: target.file)
        unlink(other.path)
        plain.append(
            try seconds {
                let descriptor = open(other.path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
                defer { close(descriptor) }
                try data.withUnsafeBytes { bytes in
                    var offset = 0
                    while offset < bytes.count {
                        let count = write(
                            descriptor, bytes.baseAddress! + offset, bytes.count - offset)
                        guard count > 0 else {
                            throw Failure(description: "\(other.path) cannot be written.")
                        }
                        offset += count
                    }
                }
                guard fsync(descriptor) == 0 else { throw Failure(description: "fsync failed.") }
            })
    }
    unlink(other.path)
    print("save: \(milliseconds(save))")
    print("the same bytes written and synced: \(milliseconds(plain))")
}

/// How much longer the steps take in which a checkpoint is saved, and how long the disk takes.
func measureCheckpoints(_ directory: URL) throws {
    let configuration = GPT.Configuration.course
    var generator = SplitMix64(seed: 1)
    var model = GPT(configuration, using: &generator)
    var optimizer = AdamW(learningRate: 1e-4)
    let tokens = (0..<100_000).map { _ in Int32.random(in: 0..<5_000, using: &generator) }
    let data = TokenDataset(tokens, contextLength: configuration.contextLength)
    let store = try CheckpointStore(directory: directory)
    let settings = TrainingSettings([:])
    var (plain, first, beside, written): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    var held: [Double] = []
    let snapshotBytes = 3 * 4 * model.parameterCount
    for _ in 0..<90 {
        let isFirst = optimizer.step >= 10 && optimizer.step % 6 == 0 && !store.isBusy
        // The same without writing: what it costs that the optimizer must copy what it changes.
        let isHeld = optimizer.step >= 10 && optimizer.step % 6 == 3 && !store.isBusy
        let kept = isHeld ? (model, optimizer) : nil
        let wasBusy = store.isBusy
        let time = seconds {
            if isFirst {
                store.saveInBackground(
                    Checkpoint(
                        model: model, optimizer: optimizer,
                        progress: .init(step: optimizer.step, seed: 1, tokensSeen: 0),
                        options: .init(), settings: settings))
            }
            let (inputs, targets) = data.batch(8, using: &generator)
            let (_, gradients) = valueAndGradients(of: model) { $0.loss(inputs, targets: targets) }
            optimizer.update(&model, along: gradients.clipped(toNorm: 1))
        }
        withExtendedLifetime(kept) {}
        if isHeld {
            held.append(time)
        } else if isFirst {
            first.append(time)
        } else if wasBusy {
            beside.append(time)
        } else if optimizer.step > 10 {
            plain.append(time)
        }
        for outcome in store.takeOutcomes() { written.append(try outcome.result.get().seconds) }
    }
    store.waitUntilIdle()
    let copy = (0..<7).map { _ in
        var copies: [Tensor] = []
        return seconds {
            for (_, value) in model.parameters {
                for _ in 0..<3 { copies.append(value + 0) }
            }
        }
    }
    let load = try (0..<5).map { _ in try seconds { _ = try store.loadLatest() } }
    print("a checkpoint of \(snapshotBytes) bytes of numbers, \(model.parameterCount) parameters")
    print("steps without saving: \(milliseconds(plain))")
    print("steps that copy and write nothing: \(milliseconds(held))")
    print("steps in which a saving begins: \(milliseconds(first))")
    if !beside.isEmpty { print("steps beside a saving: \(milliseconds(beside))") }
    print("copying the weights and both averages: \(milliseconds(copy))")
    print("a saving, in the background: \(milliseconds(written))")
    print("loading, every byte checked: \(milliseconds(load))")
}
