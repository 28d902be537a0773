// Addresses of elements. They are lent for the time of a closure, so that the memory cannot go back
// to the pool, or be written while another tensor sees it, by a mistake of the caller.

extension Tensor {
    /// Calls `body` with the address of the first element. The others lie as `strides` says: one
    /// after the other if the tensor is contiguous.
    ///
    /// The memory stays until `body` returns; the address must not be used after that.
    package func reading<Result, Failure: Error>(
        _ body: (UnsafePointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafePointer(storage.pointer + layout.offset))
    }

    /// Calls `body` with the address of the first element, to be written.
    ///
    /// - Precondition: no other tensor shares the memory: this one was just made, or made unique by
    ///   `makeUniqueAndContiguous()`.
    package mutating func writing<Result, Failure: Error>(
        _ body: (UnsafeMutablePointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let offset = layout.offset
        return try writingStorage { (start) throws(Failure) in try body(start + offset) }
    }

    /// The same with the address from which the places of a layout count: element [i, j, …] is at
    /// `offset + i·strides[0] + j·strides[1] + …`.
    func readingStorage<Result, Failure: Error>(
        _ body: (UnsafePointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafePointer(storage.pointer))
    }

    /// The same with the address from which the places of a layout count.
    mutating func writingStorage<Result, Failure: Error>(
        _ body: (UnsafeMutablePointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(
            isKnownUniquelyReferenced(&storage),
            "Memory that another tensor shares cannot be written; call makeUniqueAndContiguous() first."
        )
        defer { withExtendedLifetime(storage) {} }
        return try body(storage.pointer)
    }
}

/// Calls `body` with the addresses of the first elements of two tensors; see `Tensor.reading`.
package func reading<Result, Failure: Error>(
    _ a: Tensor, _ b: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>) throws(Failure) -> Result
) throws(Failure) -> Result {
    defer { withExtendedLifetime((a.storage, b.storage)) {} }
    return try body(
        UnsafePointer(a.storage.pointer + a.layout.offset),
        UnsafePointer(b.storage.pointer + b.layout.offset))
}

/// Calls `body` with the addresses of the first elements of three tensors; see `Tensor.reading`.
package func reading<Result, Failure: Error>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws(Failure) ->
        Result
) throws(Failure) -> Result {
    try reading(a, b) { (a, b) throws(Failure) in
        try c.reading { (c) throws(Failure) in try body(a, b, c) }
    }
}

/// The same of two tensors and one that may be missing.
package func reading<Result, Failure: Error>(
    _ a: Tensor, _ b: Tensor, optional c: Tensor?,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>?) throws(Failure) ->
        Result
) throws(Failure) -> Result {
    guard let c else {
        return try reading(a, b) { (a, b) throws(Failure) in try body(a, b, nil) }
    }
    return try reading(a, b, c) { (a, b, c) throws(Failure) in try body(a, b, c) }
}

/// The same of one tensor and two that may be missing.
package func reading<Result, Failure: Error>(
    _ a: Tensor, optional b: Tensor?, _ c: Tensor?,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>?, UnsafePointer<Float>?) throws(Failure) ->
        Result
) throws(Failure) -> Result {
    guard let b else {
        return try reading(a, a, optional: c) { (a, _, c) throws(Failure) in try body(a, nil, c) }
    }
    return try reading(a, b, optional: c) { (a, b, c) throws(Failure) in try body(a, b, c) }
}

/// Calls `body` with the addresses of the first elements of two tensors, to be written; see
/// `Tensor.writing`.
package func writing<Result, Failure: Error>(
    _ a: inout Tensor, _ b: inout Tensor,
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) throws(Failure) -> Result
) throws(Failure) -> Result {
    try a.writing { (first) throws(Failure) in
        try b.writing { (second) throws(Failure) in try body(first, second) }
    }
}
