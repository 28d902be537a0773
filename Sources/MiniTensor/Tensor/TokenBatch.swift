/// Token ids in rows: `[batch, time]` whole numbers.
///
///     let inputs: TokenBatch = [[15, 2, 7], [1, 1, 9]]
public struct TokenBatch: Sendable, Equatable {
    /// The ids, row after row: `batch · time` of them.
    public private(set) var tokens: [Int32]
    /// The number of rows.
    public let batch: Int
    /// The length of each row.
    public let time: Int

    /// A batch from ids in row-major order.
    ///
    /// - Precondition: there are `batch · time` of them.
    public init(_ tokens: [Int32], batch: Int, time: Int) {
        precondition(
            batch >= 0 && time >= 0 && tokens.count == batch * time,
            "A batch of \(batch) rows of \(time) tokens needs \(batch * time) ids, but \(tokens.count) were given."
        )
        self.tokens = tokens
        self.batch = batch
        self.time = time
    }

    /// One row.
    public init(_ tokens: [Int32]) {
        self.init(tokens, batch: 1, time: tokens.count)
    }

    /// `[batch, time]`.
    public var shape: [Int] { [batch, time] }

    /// One id.
    ///
    /// - Precondition: `row` is in `0..<batch` and `position` in `0..<time`.
    public subscript(row: Int, position: Int) -> Int32 {
        get { tokens[index(row, position)] }
        set { tokens[index(row, position)] = newValue }
    }

    private func index(_ row: Int, _ position: Int) -> Int {
        precondition(
            (0..<batch).contains(row) && (0..<time).contains(position),
            "There is no token at row \(row), position \(position) of a batch of \(batch) rows of \(time)."
        )
        return row * time + position
    }

    /// The ids of one row.
    ///
    /// - Precondition: `row` is in `0..<batch`.
    public func row(_ row: Int) -> ArraySlice<Int32> {
        precondition(
            (0..<batch).contains(row), "There is no row \(row) in a batch of \(batch) rows.")
        return tokens[row * time..<(row + 1) * time]
    }

    /// Some of the rows, as a batch of their own.
    ///
    /// - Precondition: the range lies in `0..<batch`.
    public func rows(_ range: Range<Int>) -> TokenBatch {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= batch,
            "There are no rows \(range) in a batch of \(batch) rows.")
        return TokenBatch(
            Array(tokens[range.lowerBound * time..<range.upperBound * time]), batch: range.count,
            time: time)
    }

    /// Stops with the first id that a vocabulary of `size` does not have.
    func requireIds(below size: Int, _ operation: String, ignoring: Int32? = nil) {
        for (index, token) in tokens.enumerated()
        where (token < 0 || token >= size) && token != ignoring {
            preconditionFailure(
                "\(operation): token id \(token) at row \(index / time), position \(index % time) is outside the vocabulary 0..<\(size)."
            )
        }
    }
}

extension TokenBatch: ExpressibleByArrayLiteral {
    /// Rows of equal length.
    public init(arrayLiteral rows: [Int32]...) {
        let time = rows.first?.count ?? 0
        precondition(
            rows.allSatisfy { $0.count == time },
            "The rows of a token batch have different lengths: \(rows.map(\.count)).")
        self.init(rows.flatMap { $0 }, batch: rows.count, time: time)
    }
}

extension TokenBatch {
    /// The ids of an integer tensor `[batch, time]`, or `[time]` for one row.
    public init(_ ids: IntTensor) {
        precondition(
            ids.rank == 1 || ids.rank == 2,
            "A token batch has the axes [batch, time], but the integer tensor has shape \(ids.shape)."
        )
        self.init(ids.scalars, batch: ids.rank == 2 ? ids.dim(0) : 1, time: ids.dim(-1))
    }
}
