import AssayNumerics

/// Keys and values of the sequences being sampled, or of prompts that several of them continue: one slot each, a capacity
/// of tokens, in the precision and the order that the products of attention read.
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
    assert(position < capacity, "position \(position) of a slot of \(capacity) tokens")
    layout.store(
      row, keys: keys(layer: layer, slot: slot), values: values(layer: layer, slot: slot), position: position)
  }
}

/// A prompt in the cache of prompts, and how many of its tokens are there: what completions of it share.
struct SharedPrompt: Hashable {
  var slot: Int
  var length: Int
}

/// Which slots of the cache of prompts are taken: each is free again when all that continue it have ended.
struct PromptSlots {
  private var free: [Int]
  private var users: [Int]

  init(_ count: Int) {
    free = (0..<count).reversed()
    users = Array(repeating: 0, count: count)
  }

  mutating func take(length: Int, users count: Int) -> SharedPrompt {
    let slot = free.removeLast()
    users[slot] = count
    return SharedPrompt(slot: slot, length: length)
  }

  mutating func leave(_ prompt: SharedPrompt) {
    users[prompt.slot] -= 1
    if users[prompt.slot] == 0 { free.append(prompt.slot) }
  }
}

/// The caches of one call: of what each sequence has by itself, and of prompts that several of them continue.
struct Caches {
  let own: KeyValueCache
  let prompts: KeyValueCache?

  var bytes: Int { own.bytes + (prompts?.bytes ?? 0) }

  func prompt(_ shared: SharedPrompt, layer: Int) -> CachedPrompt? {
    prompts.map {
      CachedPrompt(
        keys: $0.keys(layer: layer, slot: shared.slot), values: $0.values(layer: layer, slot: shared.slot),
        layout: $0.layout, length: shared.length)
    }
  }
}
