import Foundation
import Testing
import VerifierKit

@Test(
  "JSON reads and writes as the same value",
  arguments: [
    "null", "true", "false", "0", "-7", "9223372036854775807", "9223372036854775808",
    "-1267650600228229401496703205376", "0.5", "-1.25e-09", #""""#, #""a\"b\\c\nd""#, "[]", "[1,[2,[3]]]",
    "{}",
    #"{"a":[1,null,{"b":"ü漢😀"}],"c":-0.5}"#,
  ])
func roundTrip(text: String) throws {
  let value = try JSONValue(parsing: text)
  #expect(value.text == text)
  #expect(try JSONValue(parsing: value.text) == value)
}

@Test("whole numbers beyond 64 bits keep their digits; others are doubles")
func numbers() throws {
  #expect(try JSONValue(parsing: "18446744073709551616") == .bigInteger("18446744073709551616"))
  #expect(try JSONValue(parsing: "1e3") == .number(1000))
  #expect(try JSONValue(parsing: "-0") == .integer(0))
  #expect(try JSONValue(parsing: "[NaN, Infinity, -Infinity]").array?[2] == .number(-.infinity))
  #expect(try JSONValue(parsing: "1e999") == .number(.infinity))
}

@Test("escapes, pairs of surrogates and half ones")
func escapes() throws {
  #expect(try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\b\f\t""#) == .string("é😀/\u{8}\u{C}\t"))
  #expect(try JSONValue(parsing: #""\ud83dx\ude00""#) == .string("\u{FFFD}x\u{FFFD}"))
  #expect(JSONValue.string("\u{1}\"").text == #""\u0001\"""#)
}

@Test(
  "what is no JSON is refused, with the place",
  arguments: [
    "", " ", "nul", "[1,]", "[1 2]", "{\"a\" 1}", "{a:1}", "{\"a\":1,}", "01", "-", "1.", ".5", "1e", "+1",
    "\"a",
    "\"\\x\"", "\"\\u12\"", "\"\n\"", "[", "{", "1 2", "'a'", "[1]]", "{\"a\":}", "tru", "\u{FEFF}1",
  ])
func refused(text: String) throws {
  #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
}

@Test("bytes that are not UTF-8, and nesting without end, are refused")
func hostile() throws {
  #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
  #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
  #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "{\"a\":", count: 100_000)) }
  #expect(
    try JSONValue(parsing: String(repeating: "[", count: 400) + String(repeating: "]", count: 400)).array
      != nil)
}

@Test("agrees with Foundation's reader on texts made at random")
func agrees() throws {
  var random = SplitMix(state: 7)
  for _ in 0..<3000 {
    let value = random.value(depth: 0)
    let foundation = try JSONDecoder().decode(JSONValue.self, from: Data(value.text.utf8))
    #expect(try JSONValue(parsing: value.text) == foundation)
    // One byte changed: no crash, and never something that Foundation reads otherwise.
    var bytes = Array(value.text.utf8)
    let index = Int(random.next() % UInt64(bytes.count))
    bytes[index] = UInt8(truncatingIfNeeded: random.next() % 128)
    if let changed = try? JSONValue(parsing: bytes),
      let other = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    {
      #expect(
        changed.text == other.text || changed.text.contains("\u{FFFD}"),
        "\(String(decoding: bytes, as: UTF8.self)): \(changed.text) \(other.text)")
    }
  }
}

private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func value(depth: Int) -> JSONValue {
    switch next() % (depth > 3 ? 5 : 7) {
    case 0: return .null
    case 1: return .bool(next() % 2 == 0)
    case 2: return .integer(Int(truncatingIfNeeded: next() % 2_000_000) - 1_000_000)
    case 3: return .number(Double(Int(truncatingIfNeeded: next() % 4096)) / 64 + 0.5 / 128)
    case 4: return .string(text())
    case 5: return .array((0..<next() % 4).map { _ in value(depth: depth + 1) })
    default:
      var fields: [String: JSONValue] = [:]
      for _ in 0..<next() % 4 { fields[text()] = value(depth: depth + 1) }
      return .object(fields)
    }
  }

  private mutating func text() -> String {
    let letters = Array("ab\"\\\n\tü漢😀/ {}[],:0")
    return String((0..<next() % 6).map { _ in letters[Int(next() % UInt64(letters.count))] })
  }
}
