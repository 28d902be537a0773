import MiniSupport

/// Reads a pickle, Python's format of objects, as far as tensors need it.
///
/// A pickle is a program for a machine with a stack, which can name any function of Python and have
/// it called. Here nothing is ever called: the few names that `torch.save` writes for tensors stand
/// for what they would make, and any other name ends the reading with an error that says it. What
/// the machine holds is limited, and every length is compared with what is left of the file first.
///
/// https://docs.python.org/3/library/pickletools.html has the operations.
struct PickleReader {
    /// The most objects, the most values on the stack and the most remembered ones. A tensor takes
    /// about eight objects.
    static let limit = 1 << 18
    /// The most axes, more than any tensor of PyTorch has.
    private static let maximumRank = 64

    private(set) var cursor: ByteCursor
    private(set) var objects: [PickleObject] = []
    private var stack: [PickleValue] = []
    /// Where the open groups of values begin on the stack.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// A reader at the first byte of a pickle.
    init(_ cursor: ByteCursor) { self.cursor = cursor }

    /// Reads one pickle to its end; the cursor then stands behind it.
    ///
    /// - Throws: `FileFailure`, `.unsupported` if it asks for anything but tensors.
    mutating func read() throws(FileFailure) -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let code = try cursor.number(UInt8.self)
            if code == UInt8(ascii: ".") { return try pop() }
            try perform(code)
            guard max(stack.count, objects.count, memo.count, marks.count) <= Self.limit else {
                throw malformed("holds more than \(Self.limit) things.")
            }
        }
    }

    /// The object that a value leads to.
    func object(_ value: PickleValue) -> PickleObject? {
        guard case .object(let place) = value else { return nil }
        return objects[place]
    }

    func malformed(_ problem: String) -> FileFailure {
        .malformed(
            path: cursor.file.path, field: "the pickle",
            problem: "\(problem) (byte \(cursor.position))")
    }

    private func refused(_ what: String) -> FileFailure {
        .unsupported(
            path: cursor.file.path, field: "the pickle",
            problem:
                "\(what), which no tensor needs; nothing of it was run. Save the model's state_dict as safetensors where it was made."
        )
    }

    // MARK: Operations

    private mutating func perform(_ code: UInt8) throws(FileFailure) {
        switch code {
        case 0x80:  // PROTO
            let version = try cursor.number(UInt8.self)
            guard (2...5).contains(version) else {
                throw malformed("has the protocol \(version), not 2 to 5.")
            }
        case 0x95: _ = try cursor.number(UInt64.self)  // FRAME
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.boolean(true))
        case 0x89: stack.append(.boolean(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try cursor.number(Int32.self))))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try cursor.number(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try cursor.number(UInt16.self))))
        case 0x8A: stack.append(.integer(try longInteger()))
        case UInt8(ascii: "G"):
            let bits = try cursor.number(UInt64.self).byteSwapped
            stack.append(.real(Double(bitPattern: bits)))
        case UInt8(ascii: "X"): stack.append(try text(UInt64(try cursor.number(UInt32.self))))
        case 0x8C: stack.append(try text(UInt64(try cursor.number(UInt8.self))))
        case 0x8D: stack.append(try text(try cursor.number(UInt64.self)))
        default: try performOnStack(code)
        }
    }

    private mutating func performOnStack(_ code: UInt8) throws(FileFailure) {
        switch code {
        case UInt8(ascii: ")"): push(.tuple([]))
        case 0x85...0x87:  // TUPLE1 to TUPLE3
            var values: [PickleValue] = []
            for _ in 0..<code - 0x84 { values.append(try pop()) }
            push(.tuple(values.reversed()))
        case UInt8(ascii: "t"): push(.tuple(try popGroup()))
        case UInt8(ascii: "]"): push(.list([]))
        case UInt8(ascii: "}"): push(.dictionary([:]))
        case UInt8(ascii: "a"): try append([try pop()])
        case UInt8(ascii: "e"): try append(try popGroup())
        case UInt8(ascii: "s"):
            let value = try pop()
            try set([try pop(), value])
        case UInt8(ascii: "u"): try set(try popGroup())
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "q"): memo[Int(try cursor.number(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[Int(try cursor.number(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()  // MEMOIZE
        case UInt8(ascii: "h"): try recall(Int(try cursor.number(UInt8.self)))
        case UInt8(ascii: "j"): try recall(Int(try cursor.number(UInt32.self)))
        case UInt8(ascii: "c"): try pushName(module: try line(), name: try line())
        case 0x93:  // STACK_GLOBAL
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw malformed("has a name that is no text.")
            }
            try pushName(module: module, name: name)
        case UInt8(ascii: "Q"): try pushStorage(try pop())
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"): try build()
        default:
            throw refused("uses the operation 0x\(String(code, radix: 16))")
        }
    }

    // MARK: Stack

    private mutating func push(_ object: PickleObject) {
        objects.append(object)
        stack.append(.object(objects.count - 1))
    }

    /// Values below the last mark belong to the group around it.
    private func checkAvailable(_ count: Int) throws(FileFailure) {
        guard stack.count - (marks.last ?? 0) >= count else {
            throw malformed("takes more than there is.")
        }
    }

    private mutating func pop() throws(FileFailure) -> PickleValue {
        try checkAvailable(1)
        return stack.removeLast()
    }

    private func top() throws(FileFailure) -> PickleValue {
        try checkAvailable(1)
        return stack[stack.count - 1]
    }

    /// The values since the last mark.
    private mutating func popGroup() throws(FileFailure) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("ends a group that never began.") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func recall(_ place: Int) throws(FileFailure) {
        guard let value = memo[place] else { throw malformed("recalls what it never had.") }
        stack.append(value)
    }

    // MARK: Values

    private mutating func text(_ length: UInt64) throws(FileFailure) -> PickleValue {
        guard length <= UInt64(cursor.remaining) else {
            throw malformed("has a text of \(length) bytes, more than are left.")
        }
        guard let text = String(validating: try cursor.bytes(Int(length)), as: UTF8.self) else {
            throw malformed("has a text that is not UTF-8.")
        }
        return .text(text)
    }

    /// A line of a few characters: half of a name.
    private mutating func line() throws(FileFailure) -> String {
        var bytes: [UInt8] = []
        while true {
            let byte = try cursor.number(UInt8.self)
            if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            guard bytes.count < 256 else { throw malformed("has a name of more than 256 bytes.") }
            bytes.append(byte)
        }
    }

    private mutating func longInteger() throws(FileFailure) -> Int {
        let length = Int(try cursor.number(UInt8.self))
        guard length <= 8 else { throw malformed("has a whole number of \(length) bytes.") }
        var bits: UInt64 = 0
        for index in 0..<length {
            bits |= UInt64(try cursor.number(UInt8.self)) << UInt64(8 * index)
        }
        let unused = UInt64(64 - 8 * length)
        return length == 0
            ? 0 : Int(truncatingIfNeeded: Int64(bitPattern: bits << unused) >> unused)
    }

    private mutating func pushName(module: String, name: String) throws(FileFailure) {
        guard let known = PickleName(module: module, name: name) else {
            throw refused("asks for \(quoted("\(module).\(name)"))")
        }
        stack.append(.name(known))
    }

    // MARK: Containers

    private mutating func append(_ values: [PickleValue]) throws(FileFailure) {
        guard case .object(let place) = try top(), case .list(var list) = objects[place] else {
            throw malformed("appends to what is no list.")
        }
        // Without this a second copy would be made.
        objects[place] = .list([])
        list += values
        objects[place] = .list(list)
    }

    private mutating func set(_ pairs: [PickleValue]) throws(FileFailure) {
        guard case .object(let place) = try top(),
            case .dictionary(var dictionary) = objects[place], pairs.count % 2 == 0
        else { throw malformed("sets what is no dictionary.") }
        objects[place] = .dictionary([:])
        for index in stride(from: 0, to: pairs.count, by: 2) {
            guard case .text(let key) = pairs[index] else {
                throw refused("has a dictionary whose keys are not texts")
            }
            dictionary[key] = pairs[index + 1]
        }
        objects[place] = .dictionary(dictionary)
    }

    /// Attributes of a dictionary, such as `_metadata` of a state_dict: not part of it.
    private mutating func build() throws(FileFailure) {
        _ = try pop()
        let target = try top()
        guard case .dictionary? = object(target) else {
            throw refused("sets the inside of something other than a dictionary")
        }
    }

    // MARK: Tensors

    private mutating func pushStorage(_ identifier: PickleValue) throws(FileFailure) {
        guard case .tuple(let parts)? = object(identifier), parts.count >= 5,
            parts[0] == .text("storage"), case .name(.storage(let type)) = parts[1],
            case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
        else { throw refused("refers to something other than a storage") }
        guard parts.count == 5 || parts.count == 6 && parts[5] == .none else {
            throw refused("refers to a part of a storage")
        }
        push(.storage(PickledStorage(type: type, key: key, count: count)))
    }

    /// What a call would make.
    private mutating func reduce() throws(FileFailure) {
        let list = try pop()
        guard case .name(let name) = try pop(), case .tuple(let arguments)? = object(list) else {
            throw refused("calls something other than a name")
        }
        switch name {
        case .orderedDictionary where arguments.isEmpty: push(.dictionary([:]))
        case .rebuildParameter where arguments.count >= 1:
            guard case .tensor? = object(arguments[0]) else {
                throw malformed("has a parameter that is no tensor.")
            }
            stack.append(arguments[0])
        case .rebuildTensor: push(.tensor(try tensor(arguments)))
        case .rebuildTypedTensor where arguments.count >= 7:
            guard case .name(.type(let type)) = arguments[6] else {
                throw malformed("has a tensor without a type.")
            }
            push(.tensor(try tensor(arguments, type)))
        default: throw refused("calls \(name) otherwise than torch.save does")
        }
    }

    /// A tensor: storage, offset, shape and strides. If the storage has no type, its bytes are
    /// counted.
    private func tensor(
        _ arguments: [PickleValue], _ type: TorchType? = nil
    ) throws(FileFailure) -> PickledTensor {
        guard arguments.count >= 4, case .storage(var storage)? = object(arguments[0]),
            case .integer(let offset) = arguments[1], offset >= 0,
            let shape = sizes(arguments[2]), let strides = sizes(arguments[3]),
            shape.count == strides.count
        else { throw malformed("has a tensor without storage, offset, shape and strides.") }
        if let type {
            guard storage.type == .byte, storage.count % type.bytes == 0 else {
                throw malformed("has a storage that \(type.name) does not fill.")
            }
            storage = PickledStorage(
                type: type, key: storage.key, count: storage.count / type.bytes)
        }
        return PickledTensor(storage: storage, offset: offset, shape: shape, strides: strides)
    }

    /// A tuple of whole numbers from 0 up.
    private func sizes(_ value: PickleValue) -> [Int]? {
        guard case .tuple(let values)? = object(value), values.count <= Self.maximumRank else {
            return nil
        }
        var sizes: [Int] = []
        for value in values {
            guard case .integer(let size) = value, size >= 0 else { return nil }
            sizes.append(size)
        }
        return sizes
    }
}
