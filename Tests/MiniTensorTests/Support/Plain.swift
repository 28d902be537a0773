@testable import MiniTensor

/// Numbers in row-major order with a shape. Every operation is the obvious loop in `Double`: what
/// the tensor operations are compared with.
struct Plain: Sendable {
    var shape: [Int]
    var values: [Double]

    init(shape: [Int], values: [Double]) {
        precondition(values.count == shape.reduce(1, *))
        self.shape = shape
        self.values = values
    }

    init(shape: [Int], _ value: ([Int]) -> Double) {
        self.init(shape: shape, values: Plain.indices(of: shape).map(value))
    }

    /// Reads a tensor element by element through its strides, without any of its own copying code.
    init(_ tensor: Tensor) {
        let storage = tensor.storage
        let places = Plain.places(
            shape: tensor.shape, strides: tensor.strides, offset: tensor.layout.offset)
        self.init(shape: tensor.shape, values: places.map { Double(storage.pointer[$0]) })
    }

    /// Numbers that a `Float` holds exactly.
    static func random(
        _ shape: [Int], in range: ClosedRange<Float> = -1...1, using generator: inout SplitMix64
    ) -> Plain {
        var values: [Double] = []
        for _ in 0..<shape.reduce(1, *) {
            values.append(Double(Float.random(in: range, using: &generator)))
        }
        return Plain(shape: shape, values: values)
    }

    /// 0, 1, 2, … so that every element tells where it came from.
    static func counting(_ shape: [Int]) -> Plain {
        Plain(shape: shape, values: (0..<shape.reduce(1, *)).map(Double.init))
    }

    var rank: Int { shape.count }
    var count: Int { values.count }
    var floats: [Float] { values.map { Float($0) } }
    /// The same numbers as a row-major tensor.
    var tensor: Tensor { Tensor(floats, shape: shape) }

    /// All positions of a shape in row-major order.
    static func indices(of shape: [Int]) -> [[Int]] {
        var result: [[Int]] = []
        result.reserveCapacity(shape.reduce(1, *))
        forEachIndex(of: shape) { result.append($0) }
        return result
    }

    /// Where the elements lie, in row-major order: offset + Σ index · stride.
    static func places(shape: [Int], strides: [Int], offset: Int = 0) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(shape.reduce(1, *))
        forEachIndex(of: shape) { index in
            var place = offset
            for axis in index.indices { place += index[axis] * strides[axis] }
            result.append(place)
        }
        return result
    }

    private static func forEachIndex(of shape: [Int], _ body: ([Int]) -> Void) {
        var index = [Int](repeating: 0, count: shape.count)
        for _ in 0..<shape.reduce(1, *) {
            body(index)
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
                axis -= 1
            }
        }
    }

    /// How far apart neighbours along each axis are.
    private var strides: [Int] {
        shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    }

    /// The element at a position; axes of extent 1 answer for every position, as in a broadcast.
    subscript(index: [Int]) -> Double {
        var place = 0
        let added = index.count - rank
        for axis in 0..<rank {
            place = place * shape[axis] + (shape[axis] == 1 ? 0 : index[axis + added])
        }
        return values[place]
    }
}

// MARK: - Views

extension Plain {
    enum Part {
        case position(Int)
        case range(start: Int?, end: Int?, step: Int)
        case ellipsis
        case newAxis

        /// The same part for a tensor's subscript.
        var index: TensorIndex {
            switch self {
            case .position(let position): position.tensorIndex
            case .range(let start, let end, let step): .stride(from: start, to: end, by: step)
            case .ellipsis: .ellipsis
            case .newAxis: .newAxis
            }
        }
    }

    func subscripted(_ parts: [Part]) -> Plain {
        var named = 0
        for part in parts {
            switch part {
            case .position, .range: named += 1
            case .ellipsis, .newAxis: break
            }
        }
        // For every axis of the result and every dropped one: the positions that stay.
        var axes: [(source: Int?, positions: [Int], isDropped: Bool)] = []
        var source = 0
        func takeWhole() {
            axes.append((source, Array(0..<shape[source]), false))
            source += 1
        }
        for part in parts {
            switch part {
            case .ellipsis: for _ in 0..<(rank - named) { takeWhole() }
            case .newAxis: axes.append((nil, [0], false))
            case .position(let position):
                axes.append((source, [position < 0 ? position + shape[source] : position], true))
                source += 1
            case .range(let start, let end, let step):
                let positions = Plain.positions(
                    start: start, end: end, step: step, length: shape[source])
                axes.append((source, positions, false))
                source += 1
            }
        }
        while source < rank { takeWhole() }
        let kept = axes.filter { !$0.isDropped }
        return Plain(shape: kept.map(\.positions.count)) { index in
            var next = 0
            var place = [Int](repeating: 0, count: rank)
            for axis in axes {
                let position = axis.isDropped ? axis.positions[0] : axis.positions[index[next]]
                if !axis.isDropped { next += 1 }
                if let source = axis.source { place[source] = position }
            }
            return self[exact: place]
        }
    }

    /// The element at a position that names every axis.
    private subscript(exact index: [Int]) -> Double {
        var place = 0
        for axis in 0..<rank { place = place * shape[axis] + index[axis] }
        return values[place]
    }

    /// Python's `range(length)[start:end:step]`.
    static func positions(start: Int?, end: Int?, step: Int, length: Int) -> [Int] {
        func fromStart(_ bound: Int) -> Int { bound < 0 ? bound + length : bound }
        var result: [Int] = []
        if step > 0 {
            var position = max(start.map(fromStart) ?? 0, 0)
            while position < min(end.map(fromStart) ?? length, length) {
                result.append(position)
                position += step
            }
        } else {
            var position = min(start.map(fromStart) ?? length - 1, length - 1)
            while position > max(end.map(fromStart) ?? -1, -1) {
                result.append(position)
                position += step
            }
        }
        return result
    }

    func permuted(_ axes: [Int]) -> Plain {
        let target = axes.map { shape[$0] }
        let places = Plain.places(shape: target, strides: axes.map { strides[$0] })
        return Plain(shape: target, values: places.map { values[$0] })
    }

    /// Axes of extent 1 are repeated, and axes in front are added.
    func broadcast(to target: [Int]) -> Plain {
        let added = [Int](repeating: 0, count: target.count - rank)
        let repeated = zip(shape, strides).map { $0 == 1 ? 0 : $1 }
        let places = Plain.places(shape: target, strides: added + repeated)
        return Plain(shape: target, values: places.map { values[$0] })
    }

    func reshaped(_ target: [Int]) -> Plain { Plain(shape: target, values: values) }
}

// MARK: - Arithmetic

extension Plain {
    func map(_ f: (Double) -> Double) -> Plain { Plain(shape: shape, values: values.map(f)) }

    static func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
        let rank = max(a.count, b.count)
        func extent(_ shape: [Int], _ axis: Int) -> Int {
            axis < rank - shape.count ? 1 : shape[axis - rank + shape.count]
        }
        return (0..<rank).map { extent(a, $0) == 1 ? extent(b, $0) : extent(a, $0) }
    }

    func combined(with other: Plain, _ f: (Double, Double) -> Double) -> Plain {
        let target = Plain.broadcastShape(shape, other.shape)
        let (a, b) = (broadcast(to: target), other.broadcast(to: target))
        return Plain(shape: target, values: zip(a.values, b.values).map { f($0, $1) })
    }

    /// The lines along an axis, or all elements as one line, each turned into one number.
    func reduced(
        axis: Int?, keepDims: Bool = false, _ f: ([Double]) -> Double
    ) -> Plain {
        guard let axis else {
            return Plain(
                shape: keepDims ? shape.map { _ in 1 } : [], values: [f(values)])
        }
        let position = axis < 0 ? axis + rank : axis
        var result = alongAxis(axis) { [f($0)] }
        result.shape[position] = 1
        if !keepDims { result.shape.remove(at: position) }
        return result
    }

    /// The lines along an axis, each turned into another line; all of one length.
    func alongAxis(_ axis: Int, _ f: ([Double]) -> [Double]) -> Plain {
        let position = axis < 0 ? axis + rank : axis
        let (length, inner) = (shape[position], shape[(position + 1)...].reduce(1, *))
        let outer = shape[..<position].reduce(1, *)
        let lines = (0..<(outer * inner)).map { line in
            let start = line / inner * length * inner + line % inner
            return f((0..<length).map { values[start + $0 * inner] })
        }
        var target = shape
        target[position] = lines.first?.count ?? length
        var result = [Double](repeating: 0, count: target.reduce(1, *))
        for (line, numbers) in lines.enumerated() {
            let start = line / inner * numbers.count * inner + line % inner
            for (place, number) in numbers.enumerated() { result[start + place * inner] = number }
        }
        return Plain(shape: target, values: result)
    }

    /// `[…, n, k]` · `[…, k, m]`, with broadcast leading axes.
    func matrixProduct(_ other: Plain) -> Plain {
        let (rows, inner, columns) = (shape[rank - 2], shape[rank - 1], other.shape[other.rank - 1])
        let batch = Plain.broadcastShape(Array(shape.dropLast(2)), Array(other.shape.dropLast(2)))
        let a = broadcast(to: batch + [rows, inner])
        let b = other.broadcast(to: batch + [inner, columns])
        var values = [Double](repeating: 0, count: batch.reduce(1, *) * rows * columns)
        for matrix in 0..<batch.reduce(1, *) {
            for row in 0..<rows {
                for k in 0..<inner {
                    let factor = a.values[(matrix * rows + row) * inner + k]
                    for column in 0..<columns {
                        values[(matrix * rows + row) * columns + column] +=
                            factor * b.values[(matrix * inner + k) * columns + column]
                    }
                }
            }
        }
        return Plain(shape: batch + [rows, columns], values: values)
    }
}
