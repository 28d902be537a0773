extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The elements as NumPy prints them; `print(x.shape)` tells the shape.
    ///
    ///     [[1.  2.5]
    ///      [3.  4. ]]
    public var description: String {
        let text = ArrayText(shape: shape)
        if rank == 0 { return FloatWords.scalar(item()) }
        return readingStorage { storage in
            let words = FloatWords(text.shownElements.map { storage[layout.place(of: $0)] })
            return text.text { words(storage[layout.place(of: $0)]) }
        }
    }

    /// The shape, and the elements as NumPy prints them.
    public var debugDescription: String { "Tensor \(shape)\n\(description)" }
}

extension IntTensor: CustomStringConvertible, CustomDebugStringConvertible {
    /// The elements as NumPy prints them; `print(x.shape)` tells the shape.
    public var description: String {
        let text = ArrayText(shape: shape)
        func element(_ number: Int) -> String { "\(elements[layout.place(of: number)])" }
        if rank == 0 { return element(0) }
        let width = text.shownElements.map { element($0).count }.max() ?? 0
        return text.text { number in
            let word = element(number)
            return String(repeating: " ", count: width - word.count) + word
        }
    }

    /// The shape, and the elements as NumPy prints them.
    public var debugDescription: String { "IntTensor \(shape)\n\(description)" }
}
