import Testing

@testable import MiniTensor

/// Views of views of views: whatever the chain, a strided tensor holds what a plain array would.
@Suite struct ViewChainTests {
    @Test func anyChainOfViewsEqualsTheSameChainOnCopies() {
        var generator = SplitMix64(seed: 2024)
        for chain in 0..<2_000 {
            let rank = Int.random(in: 0...6, using: &generator)
            let plainShape = (0..<rank).map { _ in
                // Zeros are rare, or most chains would be about nothing.
                Int.random(in: 0...40, using: &generator) == 0
                    ? 0 : Int.random(in: 1...(rank > 4 ? 3 : 5), using: &generator)
            }
            var plain = Plain.counting(plainShape)
            var strided = plain.tensor
            var history = "\(plainShape)"
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let step = ViewStep.random(for: plain, using: &generator)
                let copy = step.onTensor(strided.copied())
                let before = strided
                strided = step.onTensor(strided)
                plain = step.onPlain(plain)
                history += " → \(step.name)"
                let complaint =
                    mismatch(strided, plain) ?? mismatch(copy, plain)
                    ?? mismatch(plain.tensor, Plain(strided))
                    ?? step.complaint(from: before, to: strided)
                    ?? layoutComplaint(strided)
                guard complaint == nil else {
                    Issue.record("Chain \(chain), \(history): \(complaint ?? "")")
                    return
                }
            }
        }
    }

    /// Checks what a layout says of itself against its elements, one by one.
    private func layoutComplaint(_ tensor: Tensor) -> String? {
        let places = Plain.places(
            shape: tensor.shape, strides: tensor.strides, offset: tensor.layout.offset)
        guard let reach = tensor.layout.reach else {
            return places.isEmpty ? nil : "no reach, but \(places.count) elements"
        }
        if reach.lowerBound != places.min() || reach.upperBound != places.max() {
            return "reach \(reach) is not that of the elements"
        }
        if reach.lowerBound < 0 || reach.upperBound >= tensor.storage.count {
            return "reach \(reach) is outside the storage of \(tensor.storage.count)"
        }
        let isContiguous = places == Array(places[0]..<(places[0] + places.count))
        return tensor.isContiguous == isContiguous ? nil : "isContiguous is \(!isContiguous)"
    }
}

/// One random view, for a tensor and for the plain array it should equal.
private struct ViewStep {
    let name: String
    /// The new shape, when only the shape changes: the one case that may have to copy.
    var reshape: [Int]?
    let onTensor: (Tensor) -> Tensor
    let onPlain: (Plain) -> Plain

    init(
        _ name: String, reshape: [Int]? = nil, _ onTensor: @escaping (Tensor) -> Tensor,
        _ onPlain: @escaping (Plain) -> Plain
    ) {
        (self.name, self.reshape, self.onTensor, self.onPlain) = (name, reshape, onTensor, onPlain)
    }

    /// A view shares the storage. A reshape does so exactly when strides can say it.
    func complaint(from before: Tensor, to after: Tensor) -> String? {
        let isShared = before.storage === after.storage
        guard let reshape else { return isShared ? nil : "a view was copied" }
        if before.count == 0 { return nil }
        let old = Plain.places(
            shape: before.shape, strides: before.strides, offset: before.layout.offset)
        // Strides, if there are any, are the steps from the first element along each axis.
        let strides = reshape.indices.map { axis in
            reshape[axis] < 2 ? 0 : old[reshape[(axis + 1)...].reduce(1, *)] - old[0]
        }
        let canShare = Plain.places(shape: reshape, strides: strides, offset: old[0]) == old
        return isShared == canShare
            ? nil : "shape \(before.shape), strides \(before.strides): shared is \(isShared)"
    }

    static func random(for x: Plain, using generator: inout SplitMix64) -> ViewStep {
        while true {
            let kind = Int.random(in: 0..<10, using: &generator)
            if let step = make(kind, x, &generator) { return step }
        }
    }

    private static func make(_ kind: Int, _ x: Plain, _ generator: inout SplitMix64) -> ViewStep? {
        switch kind {
        case 0, 1, 2: subscripting(x, &generator)
        case 3: permuting(x, &generator)
        case 4: broadcasting(x, &generator)
        case 5, 6: reshaping(x, &generator)
        case 7: x.rank > 0 ? splitting(x, &generator) : nil
        case 8: x.rank > 0 ? squeezing(x, &generator) : nil
        default: x.rank < 6 ? addingAxis(x, &generator) : nil
        }
    }

    private static func subscripting(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep {
        var parts: [Plain.Part] = []
        // The first axes, then an ellipsis, then the last ones; each may be missing.
        let named = Int.random(in: 0...x.rank, using: &generator)
        let leading = Int.random(in: 0...named, using: &generator)
        var rank = x.rank
        for position in 0..<named {
            if position == leading { parts.append(.ellipsis) }
            let axis = position < leading ? position : x.rank - named + position
            let length = x.shape[axis]
            if rank < 6, Int.random(in: 0..<6, using: &generator) == 0 {
                parts.append(.newAxis)
                rank += 1
            }
            if length > 0, Int.random(in: 0..<5, using: &generator) == 0 {
                parts.append(.position(Int.random(in: -length..<length, using: &generator)))
                rank -= 1
            } else {
                let bounds = -(length + 2)...(length + 2)
                let steps = [1, 1, 1, 2, 3, -1, -1, -2]
                parts.append(
                    .range(
                        start: Bool.random(using: &generator)
                            ? nil : Int.random(in: bounds, using: &generator),
                        end: Int.random(in: 0..<3, using: &generator) > 0
                            ? nil : Int.random(in: bounds, using: &generator),
                        step: steps[Int.random(in: 0..<steps.count, using: &generator)]))
            }
        }
        let chosen = parts
        return ViewStep(
            "\(chosen)", { subscripted($0, chosen.map(\.index)) }, { $0.subscripted(chosen) })
    }

    private static func permuting(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep {
        let reversed = Array((0..<x.rank).reversed())
        guard x.rank >= 2, Bool.random(using: &generator) else {
            return ViewStep("transposed", { $0.transposed() }, { $0.permuted(reversed) })
        }
        let first = Int.random(in: -x.rank..<x.rank, using: &generator)
        let second = Int.random(in: 0..<x.rank, using: &generator)
        var axes = Array(0..<x.rank)
        axes.swapAt(first < 0 ? first + x.rank : first, second)
        let swapped = axes
        if x.rank == 3 {
            return ViewStep(
                "transposed\(swapped)", { $0.transposed(swapped[0], swapped[1], swapped[2]) },
                { $0.permuted(swapped) })
        }
        return ViewStep(
            "swappedAxes(\(first), \(second))", { $0.swappedAxes(first, second) },
            { $0.permuted(swapped) })
    }

    private static func broadcasting(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep? {
        var target = x.shape
        for axis in target.indices where target[axis] == 1 && Bool.random(using: &generator) {
            target[axis] = Int.random(in: 0...4, using: &generator)
        }
        if target.count < 6, Bool.random(using: &generator) {
            target.insert(Int.random(in: 1...3, using: &generator), at: 0)
        }
        let shape = target
        guard shape.reduce(1, *) <= 3_000 else { return nil }
        return ViewStep(
            "broadcast\(shape)", { $0.broadcast(to: shape) }, { $0.broadcast(to: shape) })
    }

    private static func reshaping(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep {
        var target: [Int] = []
        var remaining = x.count
        if remaining == 0 {
            target = Bool.random(using: &generator) ? [0] : [3, 0, 2]
        } else {
            while remaining > 1 && target.count < 5 {
                let divisors = (1...remaining).filter { remaining.isMultiple(of: $0) }
                let next = divisors[Int.random(in: 0..<divisors.count, using: &generator)]
                target.append(next)
                remaining /= next
            }
            if remaining > 1 || (target.isEmpty && Bool.random(using: &generator)) {
                target.append(remaining)
            }
        }
        var shape = target
        if x.count > 0, !shape.isEmpty, Bool.random(using: &generator) {
            shape[Int.random(in: 0..<shape.count, using: &generator)] = -1
        }
        let (given, resolved) = (shape, target)
        return ViewStep(
            "reshaped\(given)", reshape: resolved, { $0.reshaped(given) },
            { $0.reshaped(resolved) })
    }

    private static func splitting(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep {
        let axis = Int.random(in: 0..<x.rank, using: &generator)
        let length = x.shape[axis]
        let cut = Int.random(in: 0...length, using: &generator)
        let part = Int.random(in: 0...1, using: &generator)
        var parts = [Plain.Part](repeating: .range(start: nil, end: nil, step: 1), count: x.rank)
        if length == 4 {
            parts[axis] = .range(start: part * 2, end: part * 2 + 2, step: 1)
            let chosen = parts
            return ViewStep(
                "split(2)[\(part)]", { $0.split(parts: 2, axis: axis)[part] },
                { $0.subscripted(chosen) })
        }
        parts[axis] = .range(start: part == 0 ? 0 : cut, end: part == 0 ? cut : length, step: 1)
        let chosen = parts
        return ViewStep(
            "split[\(cut), \(length - cut)][\(part)]",
            { $0.split(sizes: [cut, length - cut], axis: axis)[part] }, { $0.subscripted(chosen) })
    }

    private static func squeezing(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep? {
        guard
            let axis = x.shape.indices.filter({ x.shape[$0] == 1 }).randomElement(using: &generator)
        else { return nil }
        var target = x.shape
        target.remove(at: axis)
        let shape = target
        return ViewStep(
            "squeezed(\(axis))", { $0.squeezed(axis: axis) }, { $0.reshaped(shape) })
    }

    private static func addingAxis(_ x: Plain, _ generator: inout SplitMix64) -> ViewStep {
        let axis = Int.random(in: 0...x.rank, using: &generator)
        var target = x.shape
        target.insert(1, at: axis)
        let shape = target
        let given = Bool.random(using: &generator) ? axis : axis - x.rank - 1
        return ViewStep(
            "expandedDimensions(\(given))", { $0.expandedDimensions(axis: given) },
            { $0.reshaped(shape) })
    }
}

/// A subscript takes its indices one by one; this hands it a list.
func subscripted(_ x: Tensor, _ i: [TensorIndex]) -> Tensor {
    switch i.count {
    case 0: x
    case 1: x[i[0]]
    case 2: x[i[0], i[1]]
    case 3: x[i[0], i[1], i[2]]
    case 4: x[i[0], i[1], i[2], i[3]]
    case 5: x[i[0], i[1], i[2], i[3], i[4]]
    case 6: x[i[0], i[1], i[2], i[3], i[4], i[5]]
    case 7: x[i[0], i[1], i[2], i[3], i[4], i[5], i[6]]
    case 8: x[i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7]]
    default: x[i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8]]
    }
}
