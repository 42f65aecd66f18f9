/// The answer in a line of prose: `The largest $n$ is 34. I hope it is correct.`
struct AnswerSentence {
  let text: AnswerText
  /// What the last expression that was read is: its reader need not read it again.
  private(set) var read: (range: Range<Int>, form: MathForm)?

  init(_ text: AnswerText) { self.text = text }

  /// Lines beyond this many bytes are no sentences.
  private static let longest = 20_000

  /// Behind an anchor.
  mutating func answer(_ line: Range<Int>) -> String {
    guard line.count <= Self.longest else { return text.string(text.trimmed(line)) }
    var said = stripped(beforeStop(line))
    if isExpression(said) { return text.string(said) }
    if let formulas = formulas(said) { return formulas }
    said = sentence(said)
    if isExpression(said) { return text.string(said) }
    // `12 apples (3 boxes of 4)`: what is said besides.
    if text.hasSuffix(")", said), let open = text.last("(", in: said), open > said.lowerBound,
      text.bytes[open - 1] == 32
    {
      let before = stripped(said.lowerBound..<open)
      if text.hasDigit(before), isExpression(before) { return text.string(before) }
    }
    if let after = afterVerb(said) { return text.string(after) }
    // `Jane started 3 hours ago`: the one number that is there.
    if said.count <= 200, numbers(said) == 1, parts(said) > 4, !hedges(said),
      let number = lastNumber(of: said)
    {
      return text.string(number)
    }
    return text.string(said)
  }

  /// Of a last line that has no anchor; what a program printed before counts for more than a number among words.
  mutating func unmarked(_ line: Range<Int>, output: Range<Int>? = nil) -> AnswerExtraction.Found {
    let said = stripped(line)
    if said.count <= 400, isExpression(said) { return .answer(text.string(said)) }
    if let formulas = formulas(said, last: true) { return .answer(formulas) }
    if let after = afterVerb(sentence(said, last: true)) { return .answer(text.string(after)) }
    // A line of signs alone that is no expression has no answer in it.
    guard text.contains(said, where: { $0 | 32 &- 97 < 26 || $0 >= 0x80 }) else { return .none }
    if let output, isExpression(output) { return .answer(text.string(output)) }
    if !hedges(said), let number = lastNumber(of: said) { return .answer(text.string(number)) }
    return said.count <= 60 ? .answer(text.string(said)) : .none
  }

  mutating func isExpression(_ range: Range<Int>) -> Bool {
    guard range.count <= 4000, let tokens = MathLexer.tokens(text.bytes[range]),
      let form = MathForm(tokens[...]), form.isReadable
    else { return false }
    read = (range, form)
    return true
  }

  // --- Parts of a line ---

  /// What stands before the phrases that end an answer.
  private func beforeStop(_ line: Range<Int>) -> Range<Int> {
    for index in line {
      switch text.bytes[index] {
      case UInt8(ascii: "I") where text.matches("I hope it is correct", at: index),
        UInt8(ascii: "<")
      where text.matches("<|", at: index) || text.matches("</s>", at: index)
        || text.matches("<eos>", at: index),
        UInt8(ascii: "[") where text.matches("[Note", at: index):
        return line.lowerBound..<index
      default: continue
      }
    }
    return line
  }

  /// Without markdown's stars, quotes, and a full stop at the end.
  private func stripped(_ range: Range<Int>) -> Range<Int> {
    var range = text.trimmed(range)
    while !range.isEmpty {
      let byte = text.bytes[range.lowerBound]
      if byte == UInt8(ascii: "*") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "_") {
        range = range.lowerBound + 1..<range.upperBound
      } else if text.hasPrefix("：", range) {
        range = range.lowerBound + 3..<range.upperBound
      } else if let blank = text.blank(at: range.lowerBound) {
        range = min(range.lowerBound + blank, range.upperBound)..<range.upperBound
      } else {
        break
      }
    }
    while !range.isEmpty {
      let byte = text.bytes[range.upperBound - 1]
      if byte <= 32 || byte == UInt8(ascii: "*") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "`")
        || byte == UInt8(ascii: ".") && !text.hasSuffix("...", range)
      {
        range = range.lowerBound..<range.upperBound - 1
      } else if text.hasSuffix("。", range) {
        range = range.lowerBound..<range.upperBound - 3
      } else {
        break
      }
    }
    if let stars = text.first("**", in: range), stars > range.lowerBound { return range.lowerBound..<stars }
    return range
  }

  /// The first sentence, or the last: a full stop with a space or a capital behind it ends one.
  private func sentence(_ range: Range<Int>, last: Bool = false) -> Range<Int> {
    var start = range.lowerBound
    var index = range.lowerBound
    while index < range.upperBound {
      let length = text.matches("。", at: index) ? 3 : 1
      let byte = text.bytes[index]
      guard length == 3 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "?") else {
        index += 1
        continue
      }
      let dot = index
      index += length
      guard index < range.upperBound, text.blank(at: index) != nil || text.bytes[index] &- 65 < 26 else {
        continue
      }
      if !last { return stripped(range.lowerBound..<dot) }
      start = index
    }
    return stripped(min(start, range.upperBound)..<range.upperBound)
  }

  /// Whether what is said may be the opposite of the number in it, or one of several.
  private func hedges(_ range: Range<Int>) -> Bool { text.words(range).contains(where: Self.hedges.contains) }

  private static let hedges: Set<String> = [
    "not", "or", "never", "isn", "wrong", "incorrect", "between", "less", "more", "than", "least", "most",
  ]

  private static let verbs: [StaticString] = [
    " is equal to ", " equals ", " is ", " are ", " was ", " be ", " it's ", " it’s ", " 是 ", " 为 ",
  ]

  private mutating func afterVerb(_ range: Range<Int>) -> Range<Int>? {
    var best: Int?
    for verb in Self.verbs {
      guard let start = text.last(verb, in: range) else { continue }
      best = max(best ?? 0, start + verb.utf8CodeUnitCount)
    }
    guard let best else { return nil }
    let said = stripped(best..<range.upperBound)
    return said.count <= 200 && isExpression(said) ? said : nil
  }

  // --- Numbers ---

  /// How many runs of digits, points, commas and fraction bars hold a digit.
  private func numbers(_ range: Range<Int>) -> Int {
    var count = 0
    var hasDigit = false
    for byte in text.bytes[range] {
      if byte &- 48 < 10 {
        hasDigit = true
      } else if byte != UInt8(ascii: "."), byte != UInt8(ascii: "/"), byte != UInt8(ascii: ",") {
        count += hasDigit ? 1 : 0
        hasDigit = false
      }
    }
    return count + (hasDigit ? 1 : 0)
  }

  /// What blanks part.
  private func parts(_ range: Range<Int>) -> Int {
    text.bytes[range].split(separator: 32).count
  }

  /// The last run of digits of a line, with sign, point, group commas and a fraction bar between two.
  private func lastNumber(of line: Range<Int>) -> Range<Int>? {
    let bytes = text.bytes[line.suffix(2000)]
    guard let end = bytes.lastIndex(where: { $0 &- 48 < 10 }) else { return nil }
    var start = end
    let low = bytes.startIndex
    while start > low {
      let before = bytes[start - 1]
      let isInside = before == UInt8(ascii: ".") || before == UInt8(ascii: ",") || before == UInt8(ascii: "/")
      guard text.isDigit(start - 1) || isInside && start > low + 1 && text.isDigit(start - 2) else { break }
      start -= 1
    }
    if start > low, bytes[start - 1] == UInt8(ascii: "-"),
      start == low + 1 || !(text.isDigit(start - 2) || text.isLetter(start - 2))
    {
      start -= 1
    }
    // `2^10`, `3√5`, `minus 5`, `the square root of 16`: the digits are a part of a number.
    let words = text.words(max(low, start - 60)..<start).suffix(2)
    if ["minus", "negative", "root"].contains(words.last) || words == ["root", "of"] { return nil }
    if start > low, "^_".utf8.contains(bytes[start - 1]) { return nil }
    if start >= low + 3, bytes[(start - 3)..<start].elementsEqual("√".utf8) { return nil }
    return start..<end + 1
  }

  // --- Formulas ---

  private static let leads: Set<String> = [
    "is", "are", "approximately", "about", "exactly", "the", "equal", "equals", "to", "by", "just", "only",
    "therefore", "thus", "so",
    "be", "simply", "set", "value", "interval", "point", "points", "number", "rs", "usd",
  ]
  private static let joints: Set<String> = [",", "and", ", and", "or", ", or", ";", "和", "或", "、"]
  private static let units: Set<String> = [
    "percent", "degrees", "cm", "m", "km", "meters", "inches", "feet", "dollars", "cents", "hours",
    "minutes", "seconds", "days",
  ]

  /// `$…$`, `$$…$$` and `\(…\)`; nil where another backslash stands between them.
  private func marked(_ range: Range<Int>) -> (
    items: [(before: Range<Int>, inside: Range<Int>)], rest: Range<Int>
  )? {
    var found: [(before: Range<Int>, inside: Range<Int>)] = []
    var rest = range
    while found.count < 200 {
      guard
        let open = text.bytes[rest].firstIndex(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "\\") })
      else { break }
      let isParen = text.matches("\\(", at: open)
      guard text.bytes[open] == UInt8(ascii: "$") || isParen else {
        if open + 2 <= rest.upperBound { return nil }
        break
      }
      let isDouble = text.matches("$$", at: open)
      let start = min(open + (isParen || isDouble ? 2 : 1), rest.upperBound)
      guard let close = text.first(isParen ? "\\)" : isDouble ? "$$" : "$", in: start..<rest.upperBound)
      else {
        break
      }
      if start == close { return nil }
      found.append((rest.lowerBound..<open, start..<close))
      rest = close + (isParen || isDouble ? 2 : 1)..<rest.upperBound
    }
    return found.isEmpty ? nil : (found, rest)
  }

  /// The formulas that answer: the first, with those that a comma, “and” or “or” adds; nil where none is, or prose
  /// before it says something else.
  private mutating func formulas(_ range: Range<Int>, last: Bool = false) -> String? {
    guard let (items, rest) = marked(range) else { return nil }
    // `$5$ dollars`: a unit; `$10,455` of prose is no formula, nor is what lies between two prices.
    for item in items where !isExpression(item.inside) {
      guard text.contains(item.inside, where: { $0 &- 48 < 10 || $0 | 32 &- 97 < 26 || $0 >= 0x80 }) else {
        return nil
      }
    }
    if last {
      guard let final = items.last, rest.count <= 40 || items.count == 1 else { return nil }
      // A unit behind it belongs to it; a number does not.
      return text.hasDigit(rest) ? nil : text.string(text.trimmed(final.inside))
    }
    let lead = items[0].before
    guard !text.hasDigit(lead),
      text.words(lead).allSatisfy({ Self.leads.contains($0) || $0.utf8.count == 1 })
    else { return nil }
    var kept = [text.string(text.trimmed(items[0].inside))]
    var isChoice = false
    for item in items.dropFirst() {
      let between = text.string(text.trimmed(item.before)).lowercased()
      guard Self.joints.contains(between) else { break }
      isChoice = isChoice || between.hasSuffix("or")
      kept.append(text.string(text.trimmed(item.inside)))
    }
    if kept.count > 1 { return kept.joined(separator: isChoice ? " or " : ", ") }
    // A number or a hedge behind the formula, as in `$3$ or 4`, is part of what is said.
    var after = min(items[0].inside.upperBound + 1, range.upperBound)..<range.upperBound
    if text.hasPrefix(")", after) || text.hasPrefix("$", after) {
      after = after.lowerBound + 1..<after.upperBound
    }
    let head = sentence(after)
    let words = text.words(head)
    if let first = words.first {
      if ["or", "and", "to", "minus", "plus"].contains(first), text.hasDigit(head) { return nil }
      if ["not", "isn", "wrong", "incorrect"].contains(first) { return nil }
    }
    if items.count == 1, !lead.isEmpty, isExpression(range) { return nil }
    let isPercent = text.hasPrefix("%", head) || text.hasPrefix("\\%", head)
    let unit = words.first.map { Self.units.contains($0) ? " \\text{ \($0)}" : "" } ?? ""
    return kept[0] + (isPercent ? "\\%" : unit)
  }
}

extension MathForm {
  /// Whether it is more than words.
  var isReadable: Bool {
    switch self {
    case .text: false
    case .list(let items), .tuple(let items), .finiteSet(let items): items.allSatisfy(\.isReadable)
    case .named(_, let form): form.isReadable
    default: true
    }
  }
}
