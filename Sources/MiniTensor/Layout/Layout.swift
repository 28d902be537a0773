/// How the elements of a tensor lie in its storage: element `[i, j, …]` is at
/// `offset + i·strides[0] + j·strides[1] + …`.
///
/// Slicing, transposing, permuting and broadcasting only make a new layout over the same storage.
///
/// Invariants, kept by every function below:
/// 1. `shape` and `strides` have the same count, at most six.
/// 2. No extent is negative.
/// 3. Unless the shape is empty (some extent is 0), every element lies inside the storage; `Tensor`
///    checks that once, when layout and storage meet.
/// 4. A stride may be 0 (broadcast) or negative (reversed). The stride of an axis of extent 1 is
///    never used.
struct Layout: Sendable, Equatable {
    var shape: Extents
    var strides: Extents
    var offset: Int

    /// A row-major layout from the start of a storage.
    init(contiguous shape: Extents) {
        self.shape = shape
        self.strides = Layout.rowMajorStrides(of: shape)
        self.offset = 0
    }

    init(shape: Extents, strides: Extents, offset: Int) {
        self.shape = shape
        self.strides = strides
        self.offset = offset
    }

    static func rowMajorStrides(of shape: Extents) -> Extents {
        var strides = Extents(repeating: 1, count: shape.count)
        var axis = shape.count - 1
        while axis > 0 {
            strides[axis - 1] = strides[axis] * Swift.max(shape[axis], 1)
            axis -= 1
        }
        return strides
    }

    var rank: Int { shape.count }
    var count: Int { shape.product }

    /// Whether walking the axes in order walks the storage in order, without a gap.
    var isContiguous: Bool {
        var expected = 1
        var axis = rank - 1
        while axis >= 0 {
            if shape[axis] != 1 {
                if shape[axis] == 0 { return true }
                if strides[axis] != expected { return false }
                expected *= shape[axis]
            }
            axis -= 1
        }
        return true
    }

    /// Where the element with that number, in row-major order, lies in the storage.
    func place(of number: Int) -> Int {
        var remaining = number
        var place = offset
        var axis = rank - 1
        while axis >= 0 {
            let (quotient, position) = remaining.quotientAndRemainder(dividingBy: shape[axis])
            place += position * strides[axis]
            remaining = quotient
            axis -= 1
        }
        return place
    }

    /// The lowest and the highest place in the storage that an element uses; `nil` when there is none.
    var reach: ClosedRange<Int>? {
        var low = offset
        var high = offset
        for axis in 0..<rank {
            if shape[axis] == 0 { return nil }
            let distance = (shape[axis] - 1) * strides[axis]
            if distance < 0 { low += distance } else { high += distance }
        }
        return low...high
    }
}

// MARK: - Views

extension Layout {
    /// The same elements with the axes in another order.
    func permuted(_ axes: Extents) -> Layout {
        var result = self
        for (position, axis) in axes.enumerated() {
            result.shape[position] = shape[axis]
            result.strides[position] = strides[axis]
        }
        return result
    }

    /// Keeps the elements `start, start + step, …`, `length` of them, of one axis.
    func sliced(axis: Int, start: Int, step: Int, length: Int) -> Layout {
        var result = self
        if length > 0 { result.offset += start * strides[axis] }
        result.shape[axis] = length
        result.strides[axis] = strides[axis] * step
        return result
    }

    /// Takes one element of an axis and drops the axis.
    func selecting(_ index: Int, axis: Int) -> Layout {
        var result = self
        result.offset += index * strides[axis]
        result.shape.remove(at: axis)
        result.strides.remove(at: axis)
        return result
    }

    /// Stretches axes of extent 1, and adds axes in front, with stride 0; `nil` when the shapes do
    /// not allow it (NumPy's rule).
    func broadcast(to target: Extents) -> Layout? {
        guard target.count >= rank else { return nil }
        var strides = Extents(repeating: 0, count: target.count)
        let added = target.count - rank
        for axis in 0..<rank {
            if shape[axis] == target[axis + added] {
                strides[axis + added] = self.strides[axis]
            } else if shape[axis] != 1 {
                return nil
            }
        }
        return Layout(shape: target, strides: strides, offset: offset)
    }

    /// The same elements, in row-major order, under another shape without moving them; `nil` when
    /// strides cannot say it.
    func reshaped(to target: Extents) -> Layout? {
        if isContiguous {
            var result = Layout(contiguous: target)
            result.offset = offset
            return result
        }
        // Walk both shapes from the front, matching groups of axes with equal products; inside a
        // group the old axes must follow each other without a gap.
        let old = self.droppingUnitAxes()
        var strides = Extents(repeating: 0, count: target.count)
        var oldAxis = 0
        var newAxis = 0
        while newAxis < target.count {
            if target[newAxis] == 1 {
                newAxis += 1
                continue
            }
            guard oldAxis < old.rank else { return nil }
            let oldStart = oldAxis
            let newStart = newAxis
            var oldProduct = old.shape[oldAxis]
            var newProduct = target[newAxis]
            while oldProduct != newProduct {
                if oldProduct < newProduct {
                    oldAxis += 1
                    guard oldAxis < old.rank else { return nil }
                    oldProduct *= old.shape[oldAxis]
                } else {
                    newAxis += 1
                    guard newAxis < target.count else { return nil }
                    newProduct *= target[newAxis]
                }
            }
            for axis in oldStart..<oldAxis
            where old.strides[axis] != old.strides[axis + 1] * old.shape[axis + 1] {
                return nil
            }
            var stride = old.strides[oldAxis]
            var axis = newAxis
            while axis >= newStart {
                strides[axis] = stride
                stride *= target[axis]
                axis -= 1
            }
            oldAxis += 1
            newAxis += 1
        }
        return Layout(shape: target, strides: strides, offset: offset)
    }

    private func droppingUnitAxes() -> Layout {
        var result = Layout(shape: [], strides: [], offset: offset)
        for axis in 0..<rank where shape[axis] != 1 {
            result.shape.append(shape[axis])
            result.strides.append(strides[axis])
        }
        return result
    }
}

// MARK: - Shapes of results

extension Layout {
    /// The shape two operands broadcast to, or `nil` when they do not fit.
    static func broadcastShape(_ a: Extents, _ b: Extents) -> Extents? {
        if a == b { return a }
        let (long, short) = a.count >= b.count ? (a, b) : (b, a)
        var result = long
        let added = long.count - short.count
        for axis in 0..<short.count {
            let (x, y) = (long[axis + added], short[axis])
            if x == y || y == 1 { continue }
            guard x == 1 else { return nil }
            result[axis + added] = y
        }
        return result
    }
}
