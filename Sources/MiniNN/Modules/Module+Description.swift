extension Module {
    /// The module as a tree: every part with its shapes and how many parameters it has.
    public var treeDescription: String {
        var printer = TreePrinter()
        var copy = self
        copy.visitParameters(&printer)
        return printer.text(title: "\(Self.self)")
    }
}

/// `print(model)` shows the tree.
extension CustomStringConvertible where Self: Module {
    /// The tree of parts with shapes and counts.
    public var description: String { treeDescription }
}

private struct TreePrinter: ParameterVisitor {
    var path = ParameterPath()
    private var lines: [Line] = []

    private struct Line {
        let path: [String]
        var type: String?
        var shapes: [String] = []
        /// Parameters here and inside.
        var count = 0
        /// Parameters here alone.
        var ownCount = 0
        /// The number of the last of several modules that this line stands for.
        var lastInRow: String?

        /// Whether the module is one of a row, such as `blocks.3`.
        var isNumbered: Bool { path.count > 1 && Int(path.last ?? "") != nil }

        /// Names of rows do not count: `blocks.0` hangs where `blocks` would.
        var depth: Int { path.filter { Int($0) == nil }.count }

        var label: String {
            let name = isNumbered ? path.suffix(2).joined(separator: ".") : path.last ?? ""
            return name + (lastInRow.map { " … \($0)" } ?? "")
        }

        /// What two modules that are alike have in common.
        var signature: String {
            "\(isNumbered ? "" : path.last ?? "") \(type ?? "") \(shapes) \(depth)"
        }
    }

    mutating func enterModule(_ type: any Module.Type) {
        // Of a generic type the name alone: its parts have lines of their own.
        let name = "\(type)".prefix { $0 != "<" }
        lines.append(Line(path: path.components, type: String(name)))
    }

    mutating func visitParameter(_ parameter: inout Tensor) {
        let name = path.components.last ?? ""
        let place = Array(path.components.dropLast())
        if lines.last?.path != place { lines.append(Line(path: place, type: nil)) }
        lines[lines.count - 1].shapes.append("\(name) \(parameter.shape)")
        lines[lines.count - 1].ownCount += parameter.count
        for index in lines.indices where place.starts(with: lines[index].path) {
            lines[index].count += parameter.count
        }
    }

    func text(title: String) -> String {
        let rows = collapsed().map { line -> (label: String, count: String) in
            let indent = String(repeating: "  ", count: line.depth)
            let type = line.type.map { ": \($0)" } ?? ""
            let shapes = line.shapes.isEmpty ? "" : "  " + line.shapes.joined(separator: ", ")
            return (indent + line.label + type + shapes, grouped(line.count))
        }
        let total = lines.reduce(0) { $0 + $1.ownCount }
        let width = rows.map(\.label.count).max() ?? 0
        let body = rows.map { $0.label.padding(to: width + 2) + $0.count }
        return (["\(title), \(grouped(total)) parameters"] + body).joined(separator: "\n")
    }

    /// The lines, with modules in a row that are alike told once: `blocks.0 … 11`.
    private func collapsed() -> [Line] {
        var result: [Line] = []
        var index = 0
        while index < lines.count {
            let group = subtree(at: index)
            var end = index + group.count
            var last = group[0]
            while end < lines.count, group[0].isNumbered {
                let next = subtree(at: end)
                guard next[0].isNumbered, next.map(\.signature) == group.map(\.signature) else {
                    break
                }
                last = next[0]
                end += next.count
            }
            var first = group[0]
            if last.path != first.path { first.lastInRow = last.path.last }
            result.append(first)
            if group[0].isNumbered {
                result += group.dropFirst()
                index = end
            } else {
                index += 1
            }
        }
        return result.filter { !$0.path.isEmpty }
    }

    /// The line at that place and those of the modules inside it.
    private func subtree(at index: Int) -> [Line] {
        let path = lines[index].path
        let end = lines[index...].firstIndex { !$0.path.starts(with: path) } ?? lines.count
        return Array(lines[index..<end])
    }
}

/// A whole number with its thousands separated: 124,439,808.
package func grouped(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
        groups.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
