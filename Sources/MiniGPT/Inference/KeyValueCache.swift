import MiniNN
import MiniTensor

/// The keys and values of what was read: room for the whole context, allocated once.
///
/// For every layer and head, keys lie in panels of 16 positions (so that the scores of one query are
/// a product of the kind that weights have), and values in rows:
/// `[layer][head]` { keys `[position / 16][width of a head][16]`, values `[position][width of a head]` }.
final class KeyValueCache: @unchecked Sendable {
    let shape: Shape
    private let memory: Tensor

    /// Where things are.
    struct Shape {
        let layers: Int
        let heads: Int
        let headWidth: Int
        /// The context, rounded up to whole panels.
        let positions: Int

        init(_ configuration: GPT.Configuration) {
            layers = configuration.layers
            heads = configuration.heads
            headWidth = configuration.width / configuration.heads
            positions = PackedMatrix.padded(configuration.contextLength)
        }

        /// The floats of the keys, and of the values, of a head.
        var part: Int { positions * headWidth }
        var count: Int { 2 * part * heads * layers }

        func keys(layer: Int, head: Int) -> Int { 2 * part * (layer * heads + head) }
        func values(layer: Int, head: Int) -> Int { keys(layer: layer, head: head) + part }
    }

    init(_ configuration: GPT.Configuration) {
        shape = Shape(configuration)
        memory = Tensor(uninitializedShape: [shape.count])
    }

    /// Another cache that holds the first `count` positions of this one.
    init(_ other: KeyValueCache, first count: Int) {
        shape = other.shape
        memory = Tensor(uninitializedShape: [shape.count])
        let floats = PackedMatrix.padded(count) * shape.headWidth
        for part in stride(from: 0, to: shape.count, by: shape.part) {
            (pointer + part).update(from: other.pointer + part, count: floats)
        }
    }

    var pointer: UnsafeMutablePointer<Float> { memory.pointer }
}

extension KeyValueCache.Shape {
    /// Remembers the key and the value of one head at a position.
    func store(
        key: UnsafePointer<Float>, value: UnsafePointer<Float>, layer: Int, head: Int,
        position: Int, in cache: UnsafeMutablePointer<Float>
    ) {
        let panel = PackedMatrix.panel
        let keys =
            cache + keys(layer: layer, head: head) + position / panel * panel * headWidth
            + position % panel
        for index in 0..<headWidth { keys[index * panel] = key[index] }
        (cache + values(layer: layer, head: head) + position * headWidth)
            .update(from: value, count: headWidth)
    }
}
