/// A value on the stack of a pickle.
///
/// Containers are places in a list of objects, not references: a chain of a million lists costs
/// nothing to let go of, and a list that holds itself does no harm.
enum PickleValue: Sendable, Equatable {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case text(String)
    /// One of the names that a tensor needs: `torch.FloatStorage`.
    case name(PickleName)
    /// The place of an object.
    case object(Int)
}

/// What the places of a pickle's values lead to.
enum PickleObject: Sendable, Equatable {
    case tuple([PickleValue])
    case list([PickleValue])
    case dictionary([String: PickleValue])
    case storage(PickledStorage)
    case tensor(PickledTensor)

    /// With its article, for messages.
    var kind: String {
        switch self {
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }
}

/// Numbers in a row that tensors are views of.
struct PickledStorage: Sendable, Equatable {
    let type: TorchType
    /// The name of the member, or of the part, of the file that has them.
    let key: String
    /// The count of numbers in the storage.
    let count: Int
}

/// A tensor: a view of a storage.
struct PickledTensor: Sendable, Equatable {
    let storage: PickledStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}

/// The names of Python that a pickle of tensors may use. None of them is run.
enum PickleName: Sendable, Equatable, CustomStringConvertible {
    case orderedDictionary
    case rebuildTensor
    /// The same for a storage without a type, with the type as an argument.
    case rebuildTypedTensor
    case rebuildParameter
    case storage(TorchType)
    case type(TorchType)

    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
            self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch.storage", "UntypedStorage"): self = .storage(.byte)
        case ("torch", _):
            if let type = TorchType(storage: name) {
                self = .storage(type)
            } else if let type = TorchType(name: name) {
                self = .type(type)
            } else {
                return nil
            }
        default: return nil
        }
    }

    var description: String {
        switch self {
        case .orderedDictionary: "collections.OrderedDict"
        case .rebuildTensor: "torch._utils._rebuild_tensor_v2"
        case .rebuildTypedTensor: "torch._utils._rebuild_tensor_v3"
        case .rebuildParameter: "torch._utils._rebuild_parameter"
        case .storage(let type): "the storage of \(type.name)"
        case .type(let type): "torch.\(type.name)"
        }
    }
}

/// The type of the numbers of a storage.
struct TorchType: Sendable, Equatable {
    /// PyTorch's name: `float32`.
    let name: String
    /// The size of one number.
    let bytes: Int
    /// How to read it, if that is possible.
    let numbers: ReadableNumbers?

    private init(_ name: String, _ bytes: Int, _ numbers: ReadableNumbers? = nil) {
        self.name = name
        self.bytes = bytes
        self.numbers = numbers
    }

    /// The numbers of a storage that has no type of its own.
    static let byte = TorchType("uint8", 1)

    private static let known: [String: TorchType] = {
        var types = [TorchType("float64", 8, .float64)]
        for format in NumberFormat.allCases {
            guard let name = format.torchName else { continue }
            types.append(TorchType(name, format.bytesPerBlock, .format(format)))
        }
        let listed: [(bytes: Int, names: [String])] = [
            (
                1,
                [
                    "uint8", "int8", "bool", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2",
                    "float8_e5m2fnuz", "float8_e8m0fnu",
                ]
            ),
            (2, ["int16", "uint16"]), (4, ["int32", "uint32"]),
            (8, ["int64", "uint64", "complex64"]), (16, ["complex128"]),
        ]
        for (bytes, names) in listed { types += names.map { TorchType($0, bytes) } }
        return Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })
    }()

    private static let storages = [
        "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
        "DoubleStorage": "float64", "LongStorage": "int64", "IntStorage": "int32",
        "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
        "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
        "ComplexDoubleStorage": "complex128",
    ]

    /// The type of that name: `float32`.
    init?(name: String) {
        guard let type = Self.known[name] else { return nil }
        self = type
    }

    /// The type of the storage of that name: `FloatStorage`.
    init?(storage name: String) {
        guard let name = Self.storages[name] else { return nil }
        self.init(name: name)
    }
}
