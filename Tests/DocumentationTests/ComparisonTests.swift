import Foundation
import Testing

/// Documentation/ComingFromPyTorch.md has a row for every operation and layer that the sources declare.
@Suite("Documentation/ComingFromPyTorch.md")
struct ComparisonTests {
    /// Where what people call is declared.
    private static let folders = [
        "MiniTensor/Operations", "MiniTensor/Tensor", "MiniTensor/LinearAlgebra",
        "MiniTensor/Attention", "MiniNN/Modules", "MiniNN/Losses",
    ]

    /// What literals, subscripts, protocols and the standard library call, not people.
    private static let machinery: Set<String> = [
        "TensorLiteral", "IntTensorLiteral", "TensorIndex", "TensorIndexConvertible",
        "ParameterVisitor", "ParameterPath", "visit", "enterModule", "visitParameters",
        "callAsFunction", "encode", "hash", "next", "AnyRandomNumberGenerator",
    ]

    @Test("Every public operation and layer has a row")
    func everyOperationHasARow() throws {
        let named = try Self.namesInTables()
        let declared = try Self.declarations()
        #expect(declared.count > 120)
        let missing = declared.filter { !named.contains($0) && !Self.machinery.contains($0) }
        #expect(missing.isEmpty, "Without a row: \(missing.sorted().joined(separator: ", "))")
    }

    @Test("The scan finds functions, operators and types, and no row for what is not there")
    func theScanSees() throws {
        let declared = try Self.declarations()
        #expect(
            ["matmul", "where", ".==", "+", "Linear", "identity"].allSatisfy(declared.contains))
        let named = try Self.namesInTables()
        #expect(!named.contains("tensorflow") && !named.contains("numel"))
    }

    /// The names of public functions, operators and types.
    private static func declarations() throws -> Set<String> {
        let function = /^\s*public (?:static |mutating |prefix )*func (`?[^\s(<]+)/
        let type = /^public (?:struct|enum|protocol|final class) (\w+)/
        var names: Set<String> = []
        for folder in folders {
            let root = Snippet.package.appendingPathComponent("Sources/\(folder)")
            for file in try FileManager.default.subpathsOfDirectory(atPath: root.path)
            where file.hasSuffix(".swift") {
                let text = try String(
                    contentsOf: root.appendingPathComponent(file), encoding: .utf8)
                for line in text.split(separator: "\n") {
                    let name = line.firstMatch(of: function)?.1 ?? line.firstMatch(of: type)?.1
                    if let name { names.insert(name.filter { $0 != "`" }) }
                }
            }
        }
        return names
    }

    /// The words and operators in the last column of the tables.
    private static func namesInTables() throws -> Set<String> {
        let page = Snippet.package.appendingPathComponent("Documentation/ComingFromPyTorch.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        var names: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let columns = line.split(separator: " | ", omittingEmptySubsequences: false)
            guard let ours = columns.last else { continue }
            names.formUnion(ours.matches(of: /\w+/).map { String($0.output) })
            names.formUnion(ours.matches(of: /[-+*\/.=!<>]+/).map { String($0.output) })
        }
        return names
    }
}
