/// Products of tensors summed over the axes that their names share: `einsum("bij,bjk->bik", a, b)` is a
/// product of batches of matrices.
///
/// Each operand's axes are named by letters. Letters that the result lacks are summed over; a letter
/// twice in one operand takes its diagonal. Without `->` the result has the letters that occur once, in
/// alphabetical order. `...` stands for further leading axes, the same in all operands that have them.
/// Operands are multiplied pair by pair from the left, each pair as one batched matrix product, so that
/// gradients flow through products, permutations and sums.
///
/// - Precondition: there is a name for each axis, and axes of one name have one extent.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
    var (terms, output) = parse(equation, operands)
    for index in terms.indices { terms[index] = terms[index].takingDiagonals() }
    while terms.count > 1 {
        let (a, b) = (terms.removeFirst(), terms.removeFirst())
        let needed = Set(output).union(terms.flatMap(\.axes))
        terms.insert(a.multiplied(by: b, keeping: needed), at: 0)
    }
    return terms[0].summed(keeping: Set(output)).permuted(to: output).tensor
}

/// A tensor whose axes have names.
private struct NamedTensor {
    var tensor: Tensor
    var axes: [Character]

    /// Axes of one name become one.
    func takingDiagonals() -> NamedTensor {
        var result = self
        while let repeated = result.axes.first(where: { name in
            result.axes.count { $0 == name } > 1
        }) {
            let places = result.axes.indices.filter { result.axes[$0] == repeated }.prefix(2)
            let others = result.axes.indices.filter { !places.contains($0) }
            result.tensor = result.tensor.permuted(Extents(others + places)).diagonal()
            result.axes = others.map { result.axes[$0] } + [repeated]
        }
        return result
    }

    func summed(keeping needed: Set<Character>) -> NamedTensor {
        let gone = axes.indices.filter { !needed.contains(axes[$0]) }
        if gone.isEmpty { return self }
        return NamedTensor(tensor: tensor.sum(axes: gone), axes: axes.filter(needed.contains))
    }

    func permuted(to order: [Character]) -> NamedTensor {
        let places = order.compactMap { axes.firstIndex(of: $0) }
        return NamedTensor(tensor: tensor.permuted(Extents(places)), axes: order)
    }

    /// One batched product: axes that both have and that stay are its batch, those that both have and
    /// that go are its inner axis.
    func multiplied(by other: NamedTensor, keeping needed: Set<Character>) -> NamedTensor {
        let a = summed(keeping: needed.union(other.axes))
        let b = other.summed(keeping: needed.union(axes))
        let shared = a.axes.filter(b.axes.contains)
        let batch = shared.filter(needed.contains)
        let inner = shared.filter { !needed.contains($0) }
        let left = a.axes.filter { !shared.contains($0) }
        let right = b.axes.filter { !shared.contains($0) }
        let product = matmul(
            a.grouped([batch, left, inner]), b.grouped([batch, inner, right]))
        return NamedTensor(
            tensor: product.reshaped(
                a.extents(batch) + a.extents(left) + b.extents(right)), axes: batch + left + right)
    }

    private func extents(_ names: [Character]) -> [Int] {
        names.map { name in axes.firstIndex(of: name).map { tensor.dim($0) } ?? 1 }
    }

    /// The tensor with each group of axes joined into one.
    private func grouped(_ groups: [[Character]]) -> Tensor {
        permuted(to: groups.flatMap { $0 }).tensor
            .reshaped(groups.map { extents($0).reduce(1, *) })
    }
}

/// The operands with their names, and the names of the result.
private func parse(
    _ equation: String, _ operands: [Tensor]
) -> (terms: [NamedTensor], output: [Character]) {
    let sides = equation.filter { $0 != " " }.replacing("->", with: ">")
        .split(separator: ">", omittingEmptySubsequences: false).map(String.init)
    let inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    precondition(
        sides.count <= 2 && inputs.count == operands.count,
        "einsum: \"\(equation)\" names \(inputs.count) operands, but \(operands.count) were given.")
    // Private names for the axes behind "...", counted from the last.
    let hidden: [Character] = ["5", "4", "3", "2", "1", "0"]
    var most = 0
    let terms = zip(inputs, operands).map { names, tensor in
        let further = tensor.rank - names.count { $0.isLetter }
        let axes = spelledOut(names, Array(hidden.suffix(Swift.max(0, further))))
        most = names.contains("...") ? Swift.max(most, further) : most
        precondition(
            axes.count == tensor.rank && axes.allSatisfy { $0.isLetter || hidden.contains($0) },
            "einsum: \"\(names)\" does not name the axes of a tensor of shape \(tensor.shape) by letters."
        )
        return NamedTensor(tensor: tensor, axes: axes)
    }
    let extents = requireOneExtent(terms, equation)
    let ellipsis = Array(hidden.suffix(most))
    let used = terms.flatMap(\.axes)
    let output =
        sides.count == 2
        ? spelledOut(sides[1], ellipsis)
        : ellipsis
            + Set(used).filter { name in name.isLetter && used.count { $0 == name } == 1 }
            .sorted()
    precondition(
        Set(output).count == output.count && output.allSatisfy { extents[$0] != nil },
        "einsum: the result of \"\(equation)\" must name axes of the operands, each once.")
    return (terms, output)
}

private func spelledOut(_ names: String, _ hidden: [Character]) -> [Character] {
    Array(names.replacing("...", with: String(hidden)))
}

/// The extent of each name.
private func requireOneExtent(_ terms: [NamedTensor], _ equation: String) -> [Character: Int] {
    var extents: [Character: Int] = [:]
    for term in terms {
        for (name, length) in zip(term.axes, term.tensor.shape) {
            precondition(
                extents[name] == nil || extents[name] == length,
                "einsum: the axes that \"\(equation)\" gives one name have the extents \(extents[name] ?? 0) and \(length)."
            )
            extents[name] = length
        }
    }
    return extents
}
