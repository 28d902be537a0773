import Foundation

/// The memory a program may use here.
public struct SystemMemory: Sendable, Codable, Equatable {
    /// What the machine has, in bytes.
    public let total: Int
    /// What is free or can be made free, in bytes.
    public let available: Int
    /// The limit of this process's control group, as containers have one; `nil` for none.
    public let limit: Int?

    /// What there is to use: the total, or the limit if that is less.
    public var usable: Int { min(total, limit ?? total) }

    /// The memory of this machine, now.
    public init() {
        let information = SystemFile.read("/proc/meminfo") ?? ""
        let total =
            Self.kilobytes("MemTotal", information)
            ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
        self.total = total
        limit = ControlGroup.number("memory.max").flatMap { $0 < total ? $0 : nil }
        var available = Self.kilobytes("MemAvailable", information) ?? total
        if let limit, let used = ControlGroup.number("memory.current") {
            available = min(available, max(0, limit - used))
        }
        self.available = available
    }

    private static func kilobytes(_ name: String, _ information: String) -> Int? {
        for line in information.split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1_024 }
        }
        return nil
    }
}

/// The control group of this process, which limits what containers may use.
enum ControlGroup {
    /// A file of the group: version 2 first, as seen from inside, or by the path of the process.
    static func file(_ name: String) -> String? {
        let line = SystemFile.read("/proc/self/cgroup")?.split(separator: "\n")
            .first { $0.hasPrefix("0::") }
        let path = line.map { String($0.dropFirst(3)) } ?? "/"
        return SystemFile.read("/sys/fs/cgroup\(path)/\(name)")
            ?? SystemFile.read("/sys/fs/cgroup/\(name)")
    }

    /// A number; `nil` for "max", which is none.
    static func number(_ name: String) -> Int? { file(name).flatMap { Int($0) } }

    /// How many processors' time the group may use.
    static var processors: Double? {
        let parts = (file("cpu.max") ?? "").split(separator: " ").map(String.init)
        guard parts.count == 2, let quota = Double(parts[0]), let period = Double(parts[1]),
            period > 0
        else { return nil }
        return quota / period
    }
}

/// Small files that the system makes up.
enum SystemFile {
    /// The text without white space around it.
    static func read(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
