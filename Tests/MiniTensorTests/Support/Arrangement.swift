@testable import MiniTensor

/// The ways the same elements can lie in memory. What a view leaves out is NaN, so that an
/// operation that reads beside it is caught.
enum Arrangement: String, CaseIterable, Sendable {
    case contiguous, transposed, sliced, stepped, reversed, broadcastFirst, broadcastLast

    /// Those that can hold any elements; the broadcasts repeat one position of an axis.
    static let general: [Arrangement] = [.contiguous, .transposed, .sliced, .stepped, .reversed]

    /// A tensor of that layout. A broadcast repeats the first position of its axis.
    func tensor(_ x: Plain) -> Tensor {
        guard x.rank > 0 else { return self == .contiguous ? x.tensor : sliceOfScalar(x) }
        let last = x.rank - 1
        switch self {
        case .contiguous:
            return x.tensor
        case .transposed:
            return x.permuted((0..<x.rank).reversed()).tensor.transposed()
        case .sliced:
            var result = embedded(x, shape: x.shape.map { $0 + 3 }) { $0 - 1 }.tensor
            for axis in 0..<x.rank {
                result = result.slice(axis: axis, start: 1, step: 1, length: x.shape[axis])
            }
            return result
        case .stepped:
            var shape = x.shape
            shape[last] = 2 * shape[last] + 1
            let whole = embedded(x, shape: shape, axis: last) {
                $0.isMultiple(of: 2) ? -1 : $0 / 2
            }
            return whole.tensor.slice(axis: last, start: 1, step: 2, length: x.shape[last])
        case .reversed:
            let length = x.shape[last]
            let backwards = Plain.Part.range(start: nil, end: nil, step: -1)
            let whole = x.subscripted([.ellipsis, backwards])
            return whole.tensor.slice(axis: last, start: length - 1, step: -1, length: length)
        case .broadcastFirst:
            return broadcast(x, axis: 0)
        case .broadcastLast:
            return broadcast(x, axis: last)
        }
    }

    private func sliceOfScalar(_ x: Plain) -> Tensor {
        Tensor([.nan, Float(x.values[0]), .nan])[1]
    }

    private func broadcast(_ x: Plain, axis: Int) -> Tensor {
        guard x.shape[axis] > 0 else { return x.tensor }
        var parts = [Plain.Part](
            repeating: .range(start: nil, end: nil, step: 1), count: x.rank)
        parts[axis] = .range(start: 0, end: 1, step: 1)
        return x.subscripted(parts).tensor.broadcast(to: x.shape)
    }

    /// `x` inside a larger array; `position` says where along an axis a place came from, or a
    /// position outside for none.
    private func embedded(
        _ x: Plain, shape: [Int], axis: Int? = nil, _ position: (Int) -> Int
    ) -> Plain {
        Plain(shape: shape) { index in
            var source = index
            for current in source.indices where axis == nil || axis == current {
                source[current] = position(source[current])
                if source[current] < 0 || source[current] >= x.shape[current] { return .nan }
            }
            return x[source]
        }
    }
}
