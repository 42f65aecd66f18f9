import AssayNumerics

/// Keys and values of the sequences being sampled: one slot a sequence, a capacity of tokens each, in the precision
/// and the order that the products of attention read.
final class KeyValueCache {
  let layout: KeyValueLayout
  private let keys: [FloatBuffer]
  private let values: [FloatBuffer]

  init(_ attention: Attention, layers: Int, slots: Int, capacity: Int) {
    let layout = KeyValueLayout(attention, capacity: capacity)
    self.layout = layout
    keys = (0..<layers).map { _ in FloatBuffer(uninitialised: slots * layout.keys) }
    values = (0..<layers).map { _ in FloatBuffer(uninitialised: slots * layout.values) }
  }

  var capacity: Int { layout.capacity }
  var bytes: Int { (keys + values).reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }

  @inline(__always)
  func keys(layer: Int, slot: Int) -> Floats { keys[layer].start + slot * layout.keys }
  @inline(__always)
  func values(layer: Int, slot: Int) -> Floats { values[layer].start + slot * layout.values }

  /// Stores one token's rotated key and value.
  /// - Parameter row: The keys, then the values of one row of qkv.
  @inline(__always)
  func store(_ row: ConstFloats, layer: Int, slot: Int, position: Int) {
    layout.store(
      row, keys: keys(layer: layer, slot: slot), values: values(layer: layer, slot: slot), position: position)
  }
}
