import Foundation
import MiniNN
import MiniTensor

/// A file, or a directory of files, of named weights, whatever the format.
package protocol WeightFile: Sendable {
    /// For messages.
    var path: String { get }
    /// Everything in it.
    var entries: [StoredTensor] { get }
    /// Reads one of the entries, or, if it is a matrix, its transpose.
    func read(_ entry: StoredTensor, isTransposed: Bool) throws(InterchangeError) -> Tensor
}

/// The name and the orientation of a parameter in a file.
struct ForeignName: Sendable, Equatable {
    var name: String
    var isTransposed = false
}

extension Module {
    /// Replaces every parameter by the weight of that name in a file.
    ///
    /// All differences are found before anything is read, and nothing is replaced unless everything
    /// could be read.
    ///
    /// - Parameters:
    ///   - foreignName: what the file calls a parameter of ours.
    ///   - ignores: names in the file that are no weights of the model, and may be there.
    mutating func load(
        from file: some WeightFile, naming foreignName: (String) -> ForeignName,
        ignoring ignores: (String) -> Bool = { _ in false }
    ) throws(InterchangeError) {
        let stored = Dictionary(file.entries.map { ($0.name, $0) }) { first, _ in first }
        let expected = parameters.map {
            (ours: $0.name, theirs: foreignName($0.name), shape: $0.value.shape)
        }
        var mismatch = WeightMismatch(path: file.path)
        for (_, theirs, shape) in expected {
            let shape = theirs.isTransposed ? Array(shape.reversed()) : shape
            guard let weight = stored[theirs.name] else {
                mismatch.missing.append(theirs.name)
                continue
            }
            if weight.shape != shape {
                mismatch.misshapen.append(
                    .init(name: theirs.name, expected: shape, found: weight.shape))
            } else if weight.numbers == nil {
                mismatch.wrongTypes.append(.init(name: theirs.name, type: weight.type))
            }
        }
        let known = Set(expected.map(\.theirs.name))
        mismatch.unexpected = file.entries.map(\.name).filter {
            !known.contains($0) && !ignores($0)
        }
        if !mismatch.isEmpty { throw .weights(mismatch) }

        var values: [String: Tensor] = [:]
        for (ours, theirs, _) in expected {
            guard let weight = stored[theirs.name] else { continue }
            values[ours] = try file.read(weight, isTransposed: theirs.isTransposed)
        }
        mapParameters { name, value in values[name] ?? value }
    }
}

extension SafetensorsFile: WeightFile {
    package var path: String { url.path }

    package func read(
        _ entry: StoredTensor, isTransposed: Bool
    ) throws(InterchangeError) -> Tensor {
        try table.tensor(entry, isTransposed: isTransposed)
    }
}
