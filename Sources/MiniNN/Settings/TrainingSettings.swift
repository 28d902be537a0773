/// Everything that decides what a training comes to, besides the steps made so far: as names and
/// values that people can read, and that are the same exactly if the settings are.
public struct TrainingSettings: Equatable, Sendable, Codable {
    /// By name: `["batch size": "12"]`.
    public private(set) var values: [String: String]

    /// Settings from their names and values.
    public init(_ values: [String: String]) { self.values = values }

    /// What is another value there than here, by name.
    public func changes(to other: TrainingSettings) -> [SettingChange] {
        Set(values.keys).union(other.values.keys).sorted()
            .filter { values[$0] != other.values[$0] }
            .map { SettingChange(name: $0, before: values[$0], now: other.values[$0]) }
    }

    /// Both; the other's where a name is in both.
    public func merging(_ other: TrainingSettings) -> TrainingSettings {
        TrainingSettings(values.merging(other.values) { $1 })
    }

    /// Reads what `encode(to:)` wrote.
    public init(from decoder: any Decoder) throws {
        values = try [String: String](from: decoder)
    }

    /// Writes the plain dictionary.
    public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

/// A setting that is another one than in the checkpoint.
public struct SettingChange: Equatable, Sendable, CustomStringConvertible {
    /// Which.
    public let name: String
    /// The value in the checkpoint, if it has one.
    public let before: String?
    /// The value now, if there is one.
    public let now: String?

    /// A setting and its two values.
    public init(name: String, before: String?, now: String?) {
        self.name = name
        self.before = before
        self.now = now
    }

    /// A sentence without its full stop, that names both values.
    public var description: String {
        switch (before, now) {
        case (let before?, let now?): "the \(name) was \(before) and is \(now) now"
        case (let before?, nil): "the \(name) was \(before) and there is none now"
        case (nil, let now?): "there was no \(name) and it is \(now) now"
        case (nil, nil): "the \(name) is the same"
        }
    }
}
