import Testing

@testable import Policy

@Suite("Characters as Hugging Face's tokenizers know them")
struct CharacterTests {
  @Test(
    "form C",
    arguments: [
      ("e\u{301}", "é"), ("é", "é"), ("o\u{302}\u{323}", "ộ"), ("u\u{308}\u{304}", "ǖ"),
      ("\u{212b}", "\u{c5}"),
      ("a\u{301}\u{5b0}", "á\u{5b0}"),  // reaches over a mark of a lower class
      ("a\u{308}\u{301}\u{308}", "ä\u{301}\u{308}"),  // but not over one of its own
      ("\u{1112}\u{1161}\u{11ab}", "한"), ("\u{ac01}\u{11a8}", "\u{ac01}\u{11a8}"),
      ("\u{915}\u{93c}", "\u{915}\u{93c}"), ("\u{958}", "\u{915}\u{93c}"),  // excluded from composition
      ("\u{9c7}\u{9be}", "\u{9cb}"),  // the second is no mark
      ("\u{f73}\u{301}", "\u{f71}\u{f72}\u{301}"), ("a\u{301}\u{f73}", "á\u{f71}\u{f72}"),
      ("\u{10041}\u{301}", "\u{10041}\u{301}"),  // more than 16 bits
      ("a\u{898}\u{301}", "a\u{898}\u{301}"),  // a mark of Unicode 14 is none yet
      ("東京 😀 ภาษา", "東京 😀 ภาษา"), ("", ""),
    ])
  func composition(text: String, expected: String) {
    let composed = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.unicode9($0) }
    #expect(composed == Array(expected.utf8), "\(text.debugDescription)")
    let mayChange = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.unicode9.mayChange($0) }
    #expect(mayChange || isSame(text, expected))
  }

  @Test("as many marks as one likes on one letter")
  func marks() {
    let text = "a" + String(repeating: "\u{301}\u{323}", count: 50_000)
    let composed = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.unicode9($0) }
    let expected =
      "ạ" + String(repeating: "\u{323}", count: 49_999) + String(repeating: "\u{301}", count: 50_000)
    #expect(composed == Array(expected.utf8))
  }

  @Test(
    "classes",
    arguments: [
      ("a", .letter), ("ß", .letter), ("東", .letter), ("\u{2a6d0}", .letter), ("ʰ", .letter), ("9", .number),
      ("½", .number), ("٣", .number), ("Ⅻ", .number), (" ", .space), ("\u{85}", .space), ("\u{3000}", .space),
      ("\u{200b}", .other), ("\u{301}", .other), ("😀", .other), ("_", .other), ("\u{e000}", .other),
      ("\u{323b0}", .other), ("\u{11de0}", .other), ("\u{a7ce}", .other),  // of Unicode 17
    ] as [(Unicode.Scalar, ScalarClass)])
  func classes(scalar: Unicode.Scalar, expected: ScalarClass) {
    #expect(ScalarClass(scalar) == expected)
    if scalar.value < ScalarClass.tableSize { #expect(ScalarClass.table[Int(scalar.value)] == expected) }
  }
}
