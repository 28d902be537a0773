import Foundation

extension Tensor: CustomStringConvertible {
    /// The elements in nested brackets, as NumPy prints them; the middle of long axes is left out.
    public var description: String {
        let columns = Columns(of: self)
        let body = text(of: self, indent: 1, columns: columns)
        return rank == 0 ? body : "\(body)  shape \(shape)"
    }

    private func text(of tensor: Tensor, indent: Int, columns: Columns) -> String {
        guard tensor.rank > 0 else { return columns.format(tensor.item()) }
        let shown = Columns.shownIndices(of: tensor.dim(0), total: count)
        let parts = shown.map { index in
            index.map { text(of: tensor.selected($0), indent: indent + 1, columns: columns) } ?? "…"
        }
        let separator =
            tensor.rank == 1
            ? ", "
            : "," + String(repeating: "\n", count: tensor.rank - 1)
                + String(repeating: " ", count: indent)
        return "[" + parts.joined(separator: separator) + "]"
    }

    private func selected(_ index: Int) -> Tensor { view(layout.selecting(index, axis: 0)) }
}

/// One number format for all elements, so that columns line up.
private struct Columns {
    private let decimals: Int
    private let usesExponent: Bool
    private var width: Int

    /// Tensors of more elements are shown in part: the first and last three along each axis.
    private static let wholeLimit = 200

    static func shownIndices(of length: Int, total: Int) -> [Int?] {
        guard total > wholeLimit, length > 7 else { return (0..<length).map { $0 } }
        return [0, 1, 2, nil, length - 3, length - 2, length - 1]
    }

    init(of tensor: Tensor) {
        let sample = Self.corners(of: tensor).flatMap(\.scalars)
        let finite = sample.filter(\.isFinite).map(abs)
        let largest = finite.max() ?? 0
        let smallest = finite.filter { $0 > 0 }.min() ?? 0
        let isExponential = largest >= 1e6 || (smallest > 0 && smallest < 1e-4 && largest < 1e-2)
        let isWhole = finite.allSatisfy { $0 == $0.rounded() }
        let unpadded = Columns(decimals: isWhole ? 0 : 4, usesExponent: isExponential, width: 0)
        self = unpadded
        width = sample.map { unpadded.format($0).count }.max() ?? 0
    }

    private init(decimals: Int, usesExponent: Bool, width: Int) {
        self.decimals = decimals
        self.usesExponent = usesExponent
        self.width = width
    }

    /// The parts that are shown: they alone decide on the format.
    private static func corners(of tensor: Tensor) -> [Tensor] {
        var corners = [tensor.layout]
        for axis in 0..<tensor.rank {
            let shown = shownIndices(of: tensor.dim(axis), total: tensor.count)
            guard shown.contains(nil) else { continue }
            corners = corners.flatMap { layout in
                [0, tensor.dim(axis) - 3].map {
                    layout.sliced(axis: axis, start: $0, step: 1, length: 3)
                }
            }
        }
        return corners.map { tensor.view($0) }
    }

    func format(_ value: Float) -> String {
        let text: String
        if value.isNaN {
            text = "nan"
        } else if value.isInfinite {
            text = value < 0 ? "-inf" : "inf"
        } else if usesExponent {
            text = String(format: "%.4e", value)
        } else {
            text = String(format: "%.\(decimals)f", value)
        }
        return String(repeating: " ", count: Swift.max(0, width - text.count)) + text
    }
}
