import Foundation

/// Unicode's form C (Unicode Standard Annex 15) of text, with the characters of Unicode 9, as `tokenizers` has it.
///
/// Foundation's own is not used for texts, only for single characters: in Swift 6.3 it composes U+10041 and an acute
/// to Á, as if a character had 16 bits, and doesn't reorder what U+0F73 consists of.
struct CanonicalComposition: Sendable {
  static let unicode9 = CanonicalComposition()

  /// Of a character: may it change, or what is before it; is there a decomposition; the class that orders marks.
  private struct Traits {
    var isActive = false
    var decomposes = false
    var order: UInt8 = 0
  }
  /// By scalar. Above, nothing changes.
  private var traits = [Traits](repeating: Traits(), count: 0x30000)
  private var decompositions: [UInt32: [UInt32]] = [:]
  /// By the two that are composed, the first in the upper half.
  private var compositions: [UInt64: UInt32] = [:]

  /// Where decompositions are, but for Hangul, which is computed.
  private static let decomposing: [Range<UInt32>] = [
    0xc0..<0x3100, 0xf900..<0xfb50, 0x11000..<0x12000, 0x1d100..<0x1d200, 0x2f800..<0x2fa20,
  ]

  private init() {
    for value in 0x300..<UInt32(traits.count) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let order = scalar.properties.canonicalCombiningClass.rawValue
      guard order > 0, Self.isKnown(scalar) else { continue }
      traits[Int(value)].order = order
      traits[Int(value)].isActive = true
    }
    var composites: [[UInt32]: UInt32] = [:]
    for scalar in Self.decomposing.joined().compactMap(Unicode.Scalar.init) where Self.isKnown(scalar) {
      let text = String(scalar)
      let parts = text.decomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
      guard parts != [scalar.value] else { continue }
      decompositions[scalar.value] = parts
      traits[Int(scalar.value)].decomposes = true
      if text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual(text.unicodeScalars) {
        composites[parts] = scalar.value
      } else {
        traits[Int(scalar.value)].isActive = true
      }
    }
    for (parts, composite) in composites {
      let start = Array(parts.dropLast())
      guard let last = parts.last, let first = start.count == 1 ? start[0] : composites[start] else {
        continue
      }
      compositions[UInt64(first) << 32 | UInt64(last)] = composite
      traits[Int(last)].isActive = true
    }
    for jamo in [Hangul.vowels, Hangul.tails].joined() { traits[Int(jamo)].isActive = true }
  }

  private static func isKnown(_ scalar: Unicode.Scalar) -> Bool { (scalar.properties.age?.major ?? 99) <= 9 }

  /// Whether a text of valid UTF-8 may have another form C than itself.
  func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var place = 0
    while place < text.count {
      let first = text[place]
      // Below U+0300.
      guard first >= 0xcc else {
        place += 1
        continue
      }
      let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
      guard place + length <= text.count else { return true }
      var value = UInt32(first) & (0xff >> UInt32(length + 1))
      for offset in 1..<length { value = value << 6 | UInt32(text[place + offset] & 0x3f) }
      if value < traits.count, traits[Int(value)].isActive { return true }
      place += length
    }
    return false
  }

  func callAsFunction(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var scalars: [UInt32] = []
    scalars.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      decompose(scalar.value, into: &scalars)
    }
    reorder(&scalars)
    compose(&scalars)
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for scalar in scalars.compactMap(Unicode.Scalar.init) {
      result.append(contentsOf: UTF8.encode(scalar) ?? .init())
    }
    return result
  }

  private func order(_ value: UInt32) -> UInt8 { value < traits.count ? traits[Int(value)].order : 0 }

  private func decompose(_ value: UInt32, into result: inout [UInt32]) {
    if value < traits.count, traits[Int(value)].decomposes {
      result += decompositions[value] ?? []
    } else {
      result.append(value)
    }
  }

  /// Sorts each run of marks by class; those of one class stay as they are.
  private func reorder(_ scalars: inout [UInt32]) {
    var start = 0
    while start < scalars.count {
      guard order(scalars[start]) > 0 else {
        start += 1
        continue
      }
      let end = scalars[start...].firstIndex { order($0) == 0 } ?? scalars.count
      if end - start > 1 { scalars[start..<end].sort { order($0) < order($1) } }
      start = end
    }
  }

  private func compose(_ scalars: inout [UInt32]) {
    var count = 0
    var starter: Int?
    var last: UInt8 = 0
    for value in scalars {
      let order = order(value)
      // A mark reaches its starter where none of its class lies between; a starter only the one beside it.
      if let starter, starter == count - 1 || last < order,
        let composite = composite(scalars[starter], value)
      {
        scalars[starter] = composite
        continue
      }
      scalars[count] = value
      if order == 0 { starter = count }
      last = order
      count += 1
    }
    scalars.removeLast(scalars.count - count)
  }

  private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    guard second < traits.count, traits[Int(second)].isActive else { return nil }
    return compositions[UInt64(first) << 32 | UInt64(second)] ?? Hangul.composite(first, second)
  }
}

/// Syllables of Korean, which are composed by arithmetic (Unicode 16, §3.12).
private enum Hangul {
  static let leads: Range<UInt32> = 0x1100..<0x1113
  static let vowels: Range<UInt32> = 0x1161..<0x1176
  static let tails: Range<UInt32> = 0x11a8..<0x11c3
  static let syllables: Range<UInt32> = 0xac00..<0xd7a4

  static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if leads.contains(first), vowels.contains(second) {
      return syllables.lowerBound + ((first - leads.lowerBound) * 21 + second - vowels.lowerBound) * 28
    }
    if syllables.contains(first), (first - syllables.lowerBound) % 28 == 0, tails.contains(second) {
      return first + second - tails.lowerBound + 1
    }
    return nil
  }
}
