/// One integer per axis, stored inline: a shape or the strides of a tensor of rank 0 to 6.
///
/// An `[Int]` would cost a heap allocation for every tensor made; on small models that is as
/// expensive as the arithmetic.
struct Extents: Sendable, Equatable {
    /// The highest rank a tensor can have.
    static let maximumCount = 6

    private var values: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)
    private(set) var count = 0

    init() {}

    init(_ elements: some Sequence<Int>) {
        for element in elements { append(element) }
    }

    init(repeating value: Int, count: Int) {
        for _ in 0..<count { append(value) }
    }

    subscript(index: Int) -> Int {
        get {
            switch index {
            case 0: values.0
            case 1: values.1
            case 2: values.2
            case 3: values.3
            case 4: values.4
            default: values.5
            }
        }
        set {
            switch index {
            case 0: values.0 = newValue
            case 1: values.1 = newValue
            case 2: values.2 = newValue
            case 3: values.3 = newValue
            case 4: values.4 = newValue
            default: values.5 = newValue
            }
        }
    }

    mutating func append(_ value: Int) {
        precondition(
            count < Self.maximumCount,
            "A tensor has at most \(Self.maximumCount) axes; this operation would make \(count + 1)."
        )
        self[count] = value
        count += 1
    }

    mutating func insert(_ value: Int, at index: Int) {
        append(value)
        var position = count - 1
        while position > index {
            self[position] = self[position - 1]
            position -= 1
        }
        self[index] = value
    }

    @discardableResult
    mutating func remove(at index: Int) -> Int {
        let removed = self[index]
        for position in index..<(count - 1) { self[position] = self[position + 1] }
        count -= 1
        // Unused places stay zero, so that comparing two extents can compare all of them.
        self[count] = 0
        return removed
    }

    static func == (a: Extents, b: Extents) -> Bool {
        a.count == b.count && a.values.0 == b.values.0 && a.values.1 == b.values.1
            && a.values.2 == b.values.2 && a.values.3 == b.values.3 && a.values.4 == b.values.4
            && a.values.5 == b.values.5
    }
}

extension Extents: RandomAccessCollection, MutableCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { count }
}

extension Extents: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Extents: CustomStringConvertible {
    var description: String { Array(self).description }
}

extension Extents {
    /// The product of all extents: how many elements a shape holds (1 for a scalar).
    var product: Int {
        var product = 1
        for position in 0..<count {
            let (result, overflow) = product.multipliedReportingOverflow(by: self[position])
            precondition(!overflow, "The shape \(self) has more elements than an Int can count.")
            product = result
        }
        return product
    }

    /// Turns a possibly negative axis into one in `0..<count`; −1 is the last axis.
    func axis(_ axis: Int) -> Int {
        precondition(
            axis >= -count && axis < count,
            "Axis \(axis) does not exist in a tensor of \(count) axes with shape \(self).")
        return axis < 0 ? axis + count : axis
    }
}
