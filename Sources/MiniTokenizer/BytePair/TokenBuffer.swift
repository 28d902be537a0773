/// A growing buffer of token ids that is written through a pointer.
struct TokenBuffer: ~Copyable {
    private(set) var base: UnsafeMutablePointer<Int32>
    private var capacity: Int
    var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Makes room for `additional` more tokens.
    @inline(__always)
    mutating func reserve(_ additional: Int) {
        if count + additional > capacity { grow(count + additional) }
    }

    @inline(never)
    private mutating func grow(_ minimum: Int) {
        let larger = max(minimum, capacity * 2)
        let copy = UnsafeMutablePointer<Int32>.allocate(capacity: larger)
        copy.update(from: base, count: count)
        base.deallocate()
        base = copy
        capacity = larger
    }

    @inline(__always)
    mutating func append(_ token: Int32) {
        reserve(1)
        base[count] = token
        count += 1
    }

    func array() -> [Int32] {
        Array(unsafeUninitializedCapacity: count) { target, initialized in
            if count > 0 { target.baseAddress!.update(from: base, count: count) }
            initialized = count
        }
    }
}
