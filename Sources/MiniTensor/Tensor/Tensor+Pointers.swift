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
        precondition(
            isKnownUniquelyReferenced(&storage),
            "Memory that another tensor shares cannot be written; call makeUniqueAndContiguous() first."
        )
        defer { withExtendedLifetime(storage) {} }
        return try body(storage.pointer + layout.offset)
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
    defer { withExtendedLifetime((a.storage, b.storage, c.storage)) {} }
    return try body(
        UnsafePointer(a.storage.pointer + a.layout.offset),
        UnsafePointer(b.storage.pointer + b.layout.offset),
        UnsafePointer(c.storage.pointer + c.layout.offset))
}

/// Calls `body` with the address of the first element of a tensor that may be missing.
package func reading<Result, Failure: Error>(
    ifPresent tensor: Tensor?,
    _ body: (UnsafePointer<Float>?) throws(Failure) -> Result
) throws(Failure) -> Result {
    defer { withExtendedLifetime(tensor?.storage) {} }
    return try body(tensor.map { UnsafePointer($0.storage.pointer + $0.layout.offset) })
}
