import MiniSupport

/// A `state_dict` in a pickle: tensors by name, and nothing else.
struct PickledState {
    private let reader: PickleReader
    let value: PickleValue

    init(_ reader: PickleReader, _ value: PickleValue) {
        self.reader = reader
        self.value = value
    }

    private var path: String { reader.cursor.file.path }

    /// The tensors in the order of their bytes.
    ///
    /// - Parameter place: where the numbers of a storage are in the file.
    func entries(
        _ place: (PickledStorage) throws(FileFailure) -> Range<Int>
    ) throws(FileFailure) -> [StoredTensor] {
        guard case .dictionary(let members)? = reader.object(value) else {
            throw .unsupported(
                path: path, field: "the file",
                problem: "holds \(kind(value)), not the state_dict of a model.")
        }
        var entries: [StoredTensor] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard case .tensor(let tensor)? = reader.object(value) else {
                throw .unsupported(
                    path: path, field: "the entry \(quoted(name))",
                    problem:
                        "is \(kind(value)), not a tensor: the file is no state_dict alone. Save the model's with `save_pretrained`, or `torch.save(model.state_dict(), …)`."
                )
            }
            entries.append(try entry(name, tensor, in: try place(tensor.storage)))
        }
        return entries.sorted {
            ($0.byteRange.lowerBound, $0.name) < ($1.byteRange.lowerBound, $1.name)
        }
    }

    private func kind(_ value: PickleValue) -> String {
        switch value {
        case .none: "None"
        case .boolean, .integer, .real: "a number"
        case .text: "a text"
        case .name: "the name of a class"
        case .object: reader.object(value)?.kind ?? "an object"
        }
    }

    private func entry(
        _ name: String, _ tensor: PickledTensor, in place: Range<Int>
    ) throws(FileFailure) -> StoredTensor {
        func malformed(_ problem: String) -> FileFailure {
            .malformed(path: path, field: "tensor \(quoted(name))", problem: problem)
        }
        let storage = tensor.storage
        let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.bytes)
        guard !overflow, size == place.count else {
            throw malformed(
                "has a storage of \(storage.count) numbers, but \(place.count) bytes are there.")
        }
        let isEmpty = tensor.shape.contains(0)
        var (count, reach) = (1, 0)
        var isPacked = true
        for (extent, stride) in zip(tensor.shape, tensor.strides).reversed() {
            // As if no axis were empty, so that the strides of the tensor cannot overflow either.
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, extent))
            let (step, far) = max(0, extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, carry) = reach.addingReportingOverflow(step)
            guard !overflow, !far, !carry else { throw malformed("is larger than can be counted.") }
            if extent != 1, stride != count { isPacked = false }
            (count, reach) = (product, sum)
        }
        guard isEmpty || tensor.offset < storage.count && reach < storage.count - tensor.offset
        else { throw malformed("reaches beyond its storage.") }
        guard isEmpty || count <= storage.count else {
            throw .unsupported(
                path: path, field: "tensor \(quoted(name))",
                problem: "repeats its numbers; save it with `.contiguous()`.")
        }
        let start = place.lowerBound + (isEmpty ? 0 : tensor.offset * storage.type.bytes)
        let length = isEmpty ? 0 : (isPacked ? count : reach + 1) * storage.type.bytes
        return StoredTensor(
            name: name, type: storage.type.name, shape: tensor.shape,
            byteRange: start..<start + length, numbers: storage.type.numbers,
            strides: isEmpty || isPacked ? nil : tensor.strides)
    }
}
