import Foundation
import MiniGPT
import MiniTensor

/// How fast memory is read: what bounds the speed of writing a text.
struct MemorySpeedCheck: Check {
    let name = "memory speed"

    func examine() -> Diagnosis {
        let bytes = min(128 << 20, SystemMemory().available / 8)
        guard bytes >= 1 << 20 else {
            return Diagnosis(
                .warning, "not measured",
                remedy: "Too little memory is free for the measurement; end other programs.")
        }
        let one = Compute.$threads.withValue(1) { MemorySpeed.measureReading(bytes: bytes) }
        let all = MemorySpeed.measureReading(bytes: bytes)
        BufferPool.shared.trim()
        return Diagnosis(
            .good,
            String(
                format: "%.1f GB/s read by one thread, %.1f by %d", one / 1e9, all / 1e9,
                Compute.threads),
            facts: [
                "gigabytesPerSecondOneThread": String(format: "%.2f", one / 1e9),
                "gigabytesPerSecondAllThreads": String(format: "%.2f", all / 1e9),
            ])
    }
}

/// How much memory there is, and whether large pages are.
struct MemoryCheck: Check {
    let name = "memory"
    var memory = SystemMemory()
    var hugePages = SystemFile.read("/sys/kernel/mm/transparent_hugepage/enabled")

    func examine() -> Diagnosis {
        let pages = Self.chosen(hugePages)
        var detail =
            "\(NumberText.bytes(memory.available)) of \(NumberText.bytes(memory.total)) free; huge pages: \(pages)"
        if let limit = memory.limit {
            detail += "; limit of the control group \(NumberText.bytes(limit))"
        }
        let facts = [
            "total": "\(memory.total)", "available": "\(memory.available)",
            "limit": memory.limit.map { "\($0)" } ?? "none", "hugePages": pages,
        ]
        if memory.available < 200_000_000 {
            return Diagnosis(
                .failure, detail,
                remedy: "The course's model needs 600 MB to train: end other programs.",
                facts: facts)
        }
        if pages == "never" {
            return Diagnosis(
                .warning, detail,
                remedy:
                    "Large buffers are faster with huge pages: as root, `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled`.",
                facts: facts)
        }
        return Diagnosis(.good, detail, facts: facts)
    }

    /// The word in brackets.
    private static func chosen(_ line: String?) -> String {
        guard let line, let open = line.firstIndex(of: "["), let end = line.firstIndex(of: "]"),
            open < end
        else { return "unknown" }
        return String(line[line.index(after: open)..<end])
    }
}

/// Whether files can be written where the project is, and how fast they are on the disk.
struct DiskCheck: Check {
    let name = "disk"
    let folder: URL

    func examine() -> Diagnosis {
        let place = Self.existing(folder)
        let keys: Set<URLResourceKey> = [.volumeAvailableCapacityKey]
        let free =
            (try? place.resourceValues(forKeys: keys))?.volumeAvailableCapacity
            ?? Self.freeBytes(place)
        let size = 32 << 20
        let file = place.appendingPathComponent(".minigpt-doctor-\(UUID().uuidString)")
        defer { unlink(file.path) }
        guard let seconds = Self.write(size, to: file) else {
            return Diagnosis(
                .failure, "\(place.path) cannot be written to: \(String(cString: strerror(errno)))",
                remedy: "Choose another folder, or make this one yours with chown.",
                setting: .project)
        }
        let speed = Double(size) / seconds
        let facts = [
            "folder": place.path, "freeBytes": "\(free)",
            "bytesPerSecondWithSync": String(format: "%.0f", speed),
        ]
        let detail =
            "\(NumberText.bytes(free)) free in \(place.path); \(NumberText.bytes(Int(speed))) a second written and synchronised"
        guard free >= 1_000_000_000 else {
            return Diagnosis(
                .warning, detail, remedy: "Checkpoints of a training need more room: free some.",
                facts: facts)
        }
        return Diagnosis(.good, detail, facts: facts)
    }

    /// The folder, or the nearest one above it that is there.
    static func existing(_ folder: URL) -> URL {
        var place = folder.standardizedFileURL
        while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
            place.deleteLastPathComponent()
        }
        return place
    }

    private static func freeBytes(_ place: URL) -> Int {
        let values = try? FileManager.default.attributesOfFileSystem(forPath: place.path)
        return (values?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }

    /// The seconds that it takes to write so many bytes and put them on the disk; `nil` with `errno`
    /// if that cannot be done.
    private static func write(_ size: Int, to file: URL) -> Double? {
        let clock = ContinuousClock()
        let start = clock.now
        let descriptor = open(file.path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let piece = [UInt8](repeating: 0x5A, count: 1 << 20)
        var written = 0
        while written < size {
            let count = piece.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return nil }
            written += count
        }
        guard fsync(descriptor) == 0 else { return nil }
        return (clock.now - start) / .seconds(1)
    }
}
