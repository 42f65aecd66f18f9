/// The last box, tag and anchor of a text, found in one backward scan.
struct AnswerMarks {
  struct Anchor {
    var start: Int
    var end: Int
    /// Of a label with a colon; nil for a phrase as `the answer is`.
    var label: StaticString?
  }

  /// Where `boxed` of `\boxed` begins, or `\fbox`.
  private(set) var box: Int?
  /// Where `<answer>` begins.
  private(set) var tag: Int?
  private(set) var anchor: Anchor?

  /// - Parameter stopsAtBox: What stands before a box is not asked for.
  init(_ text: AnswerText, _ range: Range<Int>, stopsAtBox: Bool = true) {
    text.bytes.withUnsafeBufferPointer { bytes in
      var index = range.upperBound - 1
      while index >= range.lowerBound {
        let kind = Self.starts[Int(bytes[index])]
        if kind {
          look(text, range, index)
          if stopsAtBox, box != nil { return }
        }
        index -= 1
      }
    }
  }

  private mutating func look(_ text: AnswerText, _ range: Range<Int>, _ index: Int) {
    let end = range.upperBound
    switch text.bytes[index] {
    case UInt8(ascii: "b"):
      if box == nil, index + 5 <= end, index > range.lowerBound, text.bytes[index - 1] == UInt8(ascii: "\\"),
        text.matches("boxed", at: index)
      {
        box = index
      }
    case UInt8(ascii: "\\"):
      if box == nil, index + 5 <= end, text.matches("\\fbox", at: index) { box = index }
    case UInt8(ascii: "<"):
      if tag == nil, index + 8 <= end, text.matches("<answer>", at: index) { tag = index }
    default:
      // An anchor may begin before another and end behind it: `final answer is`.
      if let anchor, index < anchor.start - 40 { return }
      for (phrase, isLabel) in Self.anchors
      where index + phrase.utf8CodeUnitCount <= end && index + phrase.utf8CodeUnitCount > anchor?.end ?? 0 {
        guard text.matches(phrase, at: index, ignoringCase: phrase.utf8Start[0] < 0x80) else { continue }
        anchor = Anchor(start: index, end: index + phrase.utf8CodeUnitCount, label: isLabel ? phrase : nil)
      }
    }
  }

  private static let anchors: [(phrase: StaticString, isLabel: Bool)] = [
    ("####", true), ("final answer is", false), ("answer:", true), ("answer**:", true), ("answer is", false),
    ("answers are", false), ("answer to the question is", false), ("final answer", false), ("答案是", false),
    ("答案为", false), ("答案：", true), ("答案:", true), ("Ответ:", true), ("answer should be", false),
    ("answer =", false),
  ]

  /// The bytes that a mark may begin with.
  private static let starts: [Bool] = {
    var table = Array(repeating: false, count: 256)
    for byte in "b\\<#aAfF".utf8 { table[Int(byte)] = true }
    for first in ["答", "О"].compactMap(\.utf8.first) { table[Int(first)] = true }
    return table
  }()
}
