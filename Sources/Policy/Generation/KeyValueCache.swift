import AssayNumerics

/// Keys and values of the sequences being sampled: one slot a sequence, a capacity of tokens each.
///
/// Keys lie transposed, `[kv heads, d, capacity]`, so that scores run along memory; values as
/// `[kv heads, capacity, d]`.
final class KeyValueCache {
  let slots: Int
  let capacity: Int
  private let heads: Int
  private let dimension: Int
  private let keys: [FloatBuffer]
  private let values: [FloatBuffer]

  init(_ config: ModelConfig, slots: Int, capacity: Int) {
    self.slots = slots
    self.capacity = (capacity + 15) / 16 * 16
    heads = config.keyValueHeads
    dimension = config.headDimension
    let size = slots * heads * dimension * self.capacity
    keys = (0..<config.layers).map { _ in FloatBuffer(count: size) }
    values = (0..<config.layers).map { _ in FloatBuffer(count: size) }
  }

  private var slotSize: Int { heads * dimension * capacity }

  @inline(__always)
  func keys(layer: Int, slot: Int) -> Floats { keys[layer].start + slot * slotSize }
  @inline(__always)
  func values(layer: Int, slot: Int) -> Floats { values[layer].start + slot * slotSize }

  /// Stores one token's rotated key and value.
  /// - Parameter row: `[kv·d | kv·d]`, the keys then the values of one row of qkv.
  @inline(__always)
  func store(_ row: ConstFloats, layer: Int, slot: Int, position: Int) {
    let k = keys(layer: layer, slot: slot), v = values(layer: layer, slot: slot)
    let width = heads * dimension
    for i in 0..<width { k[i * capacity + position] = row[i] }
    for head in 0..<heads {
      (v + (head * capacity + position) * dimension)
        .update(from: row + width + head * dimension, count: dimension)
    }
  }
}
