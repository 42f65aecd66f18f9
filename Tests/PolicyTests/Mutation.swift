/// Damages files in ways that readers get wrong: the same seed, the same damage.
struct Mutator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea, Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(bound, 1), using: &self) }

  private mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

  private mutating func range(in count: Int, longest: Int) -> Range<Int> {
    let start = below(count)
    return start..<min(count, start + 1 + below(longest))
  }

  /// Flips, cuts, repetitions and transplants within the first `head` bytes; the end cut off.
  mutating func damage(_ bytes: inout [UInt8], head: Int) {
    let head = min(head, bytes.count)
    guard head > 0 else { return }
    switch below(8) {
    case 0: bytes.removeLast(below(bytes.count))
    case 1: bytes.removeLast(min(bytes.count, 1 + below(16)))
    case 2: for _ in 0...below(8) { bytes[below(head)] ^= 1 << UInt8(below(8)) }
    case 3: bytes[below(head)] = pick([0, 0x22, 0x5c, 0x7b, 0x80, 0xc0, 0xed, 0xf8, 0xff])
    case 4: bytes.removeSubrange(range(in: head, longest: 32))
    case 5: bytes.insert(contentsOf: bytes[range(in: head, longest: 64)], at: below(head))
    case 6:
      let from = range(in: head, longest: 64)
      let to = below(head - from.count + 1)
      bytes.replaceSubrange(to..<to + from.count, with: Array(bytes[from]))
    default: bytes += (0...below(64)).map { _ in UInt8(below(256)) }
    }
  }

  /// Puts an edge into one of the little-endian integers that lie at `fields`, or the number of another field.
  mutating func damage(_ bytes: inout [UInt8], fields: [Range<Int>]) {
    let field = pick(fields)
    func value(_ place: Range<Int>) -> UInt64 {
      bytes[place].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let old = value(field)
    let edges: [UInt64] = [
      0, 1, 3, 5, 8, 9, 12, 255, 256, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32, 1 << 40, 1 << 61,
      1 << 62,
      1 << 63, (1 << 63) - 1, .max, .max - 31, UInt64(bytes.count), old &- 1, old &+ 1, old &* 2, old &+ 32,
      value(pick(fields)),
    ]
    let new = pick(edges)
    for (index, place) in field.enumerated() {
      bytes[place] = UInt8(truncatingIfNeeded: new >> (8 * UInt64(index)))
    }
  }

  /// Changes what a JSON text says: numbers, strings, kinds of values, entries twice or not at all, depth.
  mutating func damageJSON(_ text: inout [UInt8]) {
    let values = JSONPlaces(text)
    guard let value = values.all.randomElement(using: &self) else { return }
    switch below(10) {
    case 0, 1, 2:
      guard let number = values.numbers.randomElement(using: &self) else { return }
      text.replaceSubrange(number, with: Array(pick(Self.numbers).utf8))
    case 3:
      let strings = values.strings
      guard let string = strings.randomElement(using: &self) else { return }
      text.replaceSubrange(string, with: below(2) == 0 ? Array(text[pick(strings)]) : pick(Self.strings))
    case 4: text.replaceSubrange(value, with: Array(pick(Self.kinds).utf8))
    case 5:
      // An entry, or an element, once more.
      let times = below(8) == 0 ? 1000 : 1
      guard let entry = values.entries.randomElement(using: &self) else { return }
      let copy = [0x2c] + text[entry]
      text.insert(contentsOf: (0..<times).flatMap { _ in copy }, at: entry.upperBound)
    case 6:
      guard let entry = values.entries.randomElement(using: &self) else { return }
      text.removeSubrange(entry)
    case 7:
      let (one, other) = (pick(values.all), pick(values.all))
      guard one.upperBound <= other.lowerBound else { return }
      let (first, second) = (Array(text[one]), Array(text[other]))
      text.replaceSubrange(other, with: first)
      text.replaceSubrange(one, with: second)
    case 8:
      guard below(10) == 0 else { return damage(&text, head: text.count) }
      let depth = pick([255, 256, 100_000])
      let (open, close) = pick([("[", "]"), (#"{"a":"#, "}")])
      let middle = below(2) == 0 ? Array(text[value]) : []
      let end = below(2) == 0 ? String(repeating: close, count: depth) : ""
      text.replaceSubrange(value, with: Array(String(repeating: open, count: depth).utf8) + middle + end.utf8)
    default: damage(&text, head: text.count)
    }
  }

  private static let numbers = [
    "0", "-1", "1", "3", "0.5", "-0", "1e308", "-1e308", "1e999", "2147483647", "2147483648", "4294967296",
    "16777216", "16777217", "4611686018427387904", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "18446744073709551615", "18446744073709551616", "99999999999999999999999999",
    "1e-400",
    "00", "-", "1e", "NaN", "Infinity",
  ]
  private static let strings: [[UInt8]] =
    [
      #""""#, #""\u0000""#, #""\ud800""#, #""\udc00\ud800""#, #""..""#, #""/dev/zero""#, #""a/../b""#,
      #""\x""#,
    ].map {
      Array($0.utf8)
    } + [
      [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
      [0x22] + Array(repeating: 0x61, count: 100_000) + [0x22],
    ]
  private static let kinds = [
    "null", "true", "false", "[]", "{}", "[[]]", "[null]", #"{"a":{}}"#, "0", #""x""#, "",
  ]
}

/// Where the parts of a JSON text lie. Of a damaged one, where they seem to lie.
private struct JSONPlaces {
  var numbers: [Range<Int>] = []
  /// Keys, too.
  var strings: [Range<Int>] = []
  /// With objects and arrays.
  var all: [Range<Int>] = []
  /// Key and value of an object, or an element of an array.
  var entries: [Range<Int>] = []

  init(_ text: [UInt8]) {
    var open: [(start: Int, entry: Int)] = []
    var place = 0
    while place < text.count {
      let start = place
      switch text[place] {
      case 0x22:
        place += 1
        while place < text.count, text[place] != 0x22 { place += text[place] == 0x5c ? 2 : 1 }
        place = min(place + 1, text.count)
        strings.append(start..<place)
        all.append(start..<place)
      case 0x2d, 0x30...0x39:
        while place < text.count, "0123456789+-.eE".utf8.contains(text[place]) { place += 1 }
        numbers.append(start..<place)
        all.append(start..<place)
      case 0x7b, 0x5b:
        place += 1
        open.append((start, place))
      case 0x7d, 0x5d:
        place += 1
        guard let last = open.popLast() else { break }
        if last.entry < start { entries.append(last.entry..<start) }
        all.append(last.start..<place)
      case 0x2c:
        if let last = open.last, last.entry < start { entries.append(last.entry..<start) }
        place += 1
        if !open.isEmpty { open[open.count - 1].entry = place }
      default: place += 1
      }
    }
  }
}
