/// The answer in a line of prose: `The largest $n$ is 34. I hope it is correct.`
enum AnswerSentence {
  /// Behind an anchor.
  static func answer(_ line: String) -> String {
    var text = line[...]
    for stop in ["I hope it is correct", "<|", "</s>", "[Note", "<eos>"] {
      if let range = text.firstRange(of: stop) { text = text[..<range.lowerBound] }
    }
    text = stripped(text)
    if isExpression(text) { return String(text) }
    if let formulas = formulas(text) { return formulas }
    text = sentence(text)
    if isExpression(text) { return String(text) }
    // `12 apples (3 boxes of 4)`: what is said besides.
    if text.hasSuffix(")"), let open = text.lastIndex(of: "("), open > text.startIndex {
      let before = stripped(text[..<open])
      if before.contains(where: \.isNumber), isExpression(before) { return String(before) }
    }
    if let said = afterVerb(text) { return said }
    // `Jane started 3 hours ago`: the one number that is there.
    let numbers = text.split(whereSeparator: { !$0.isNumber && $0 != "." && $0 != "/" && $0 != "," }).filter {
      $0.contains(where: \.isNumber)
    }
    if numbers.count == 1, !hedges(text), text.utf8.count <= 200, text.split(separator: " ").count > 4,
      let number = lastNumber(of: text)
    {
      return number
    }
    return String(text)
  }

  /// Whether what is said may be the opposite of the number in it, or one of several.
  private static func hedges(_ text: Substring) -> Bool {
    text.split(whereSeparator: { !$0.isLetter && $0 != "'" }).contains {
      [
        "not", "or", "never", "isn't", "wrong", "incorrect", "between", "less", "more", "than", "least",
        "most",
      ].contains($0.lowercased())
    }
  }

  /// Of a last line that has no anchor.
  static func unmarked(_ line: String) -> AnswerExtraction.Found {
    let text = stripped(line[...])
    if text.utf8.count <= 400, isExpression(text) { return .answer(String(text)) }
    if let formulas = formulas(text, last: true) { return .answer(formulas) }
    if let said = afterVerb(sentence(text, last: true)) { return .answer(said) }
    // A line of signs alone that is no expression has no answer in it.
    guard text.contains(where: \.isLetter) else { return .none }
    if !hedges(text), let number = lastNumber(of: text) { return .answer(number) }
    return text.utf8.count <= 60 ? .answer(String(text)) : .none
  }

  /// Without markdown's stars, quotes, and a full stop at the end.
  private static func stripped(_ text: Substring) -> Substring {
    var text = text[...]
    while let first = text.first,
      first.isWhitespace || first == "*" || first == ":" || first == "：" || first == "_"
    {
      text.removeFirst()
    }
    while let last = text.last,
      last.isWhitespace || last == "*" || last == "," || last == "。" || last == "`"
        || last == "." && !text.hasSuffix("...")
    { text.removeLast() }
    if let stars = text.firstRange(of: "**"), stars.lowerBound > text.startIndex {
      text = text[..<stars.lowerBound]
    }
    return text
  }

  /// The first sentence, or the last: a full stop with a space or a capital behind it ends one.
  private static func sentence(_ text: Substring, last: Bool = false) -> Substring {
    var start = text.startIndex
    var index = text.startIndex
    while let dot = text[index...].firstIndex(where: { $0 == "." || $0 == "。" || $0 == "?" }) {
      let next = text.index(after: dot)
      index = next
      guard next < text.endIndex, text[next].isWhitespace || text[next].isUppercase else { continue }
      if !last { return stripped(text[..<dot]) }
      start = next
    }
    return stripped(text[start...])
  }

  static func isExpression(_ text: Substring) -> Bool {
    guard text.utf8.count <= 4000, let tokens = MathLexer.tokens(text), let form = MathForm(tokens[...])
    else { return false }
    return form.isReadable
  }

  private static let leads: Set<String> = [
    "is", "are", "approximately", "about", "exactly", "the", "equal", "equals", "to", "by", "just", "only",
    "therefore", "thus", "so",
    "be", "simply", "set", "value", "interval", "point", "points", "number", "rs", "usd",
  ]

  private static let verbs = [" is equal to ", " equals ", " is ", " are ", " was ", " be ", " 是 ", " 为 "]

  private static func afterVerb(_ text: Substring) -> String? {
    var best: Substring.Index?
    for verb in verbs {
      if let range = text.ranges(of: verb).last, best.map({ range.upperBound > $0 }) ?? true {
        best = range.upperBound
      }
    }
    guard let best else { return nil }
    let said = stripped(text[best...])
    guard said.utf8.count <= 200, isExpression(said) else { return nil }
    return String(said)
  }

  /// The formulas `$…$` or `\(…\)` that answer: the first, with those that a comma, “and” or “or” adds; nil where
  /// none is, or prose before it says something else.
  private static func formulas(_ text: Substring, last: Bool = false) -> String? {
    var found: [(before: Substring, inside: Substring)] = []
    var rest = text
    while found.count < 200 {
      guard let open = rest.firstIndex(where: { $0 == "$" || $0 == "\\" }) else { break }
      let isParen = rest[open...].hasPrefix("\\(")
      guard rest[open] == "$" || isParen else {
        guard let next = rest.index(open, offsetBy: 2, limitedBy: rest.endIndex) else { break }
        found.append((rest[..<next], ""))
        rest = rest[next...]
        continue
      }
      let start = rest.index(open, offsetBy: isParen || rest[open...].hasPrefix("$$") ? 2 : 1)
      let closeText = isParen ? "\\)" : rest[open...].hasPrefix("$$") ? "$$" : "$"
      guard let close = rest[start...].firstRange(of: closeText) else { break }
      found.append((rest[..<open], rest[start..<close.lowerBound]))
      rest = rest[close.upperBound...]
    }
    let whole = found.filter { !$0.inside.isEmpty }
    guard !whole.isEmpty, whole.count == found.count else { return nil }
    // `$5$ dollars`: a unit; `$10,455` of prose is no formula, nor is what lies between two prices.
    guard
      whole.allSatisfy({ isExpression($0.inside) || $0.inside.hasLetterOrDigit })
    else { return nil }
    if last {
      guard let final = whole.last, rest.utf8.count <= 40 || whole.count == 1 else { return nil }
      // A unit behind it belongs to it; a number does not.
      if rest.contains(where: \.isNumber) { return nil }
      return final.inside.trimmed()
    }
    let lead = whole[0].before
    let leads = lead.split(whereSeparator: { !$0.isLetter }).map { $0.lowercased() }
    guard !lead.contains(where: \.isNumber),
      leads.allSatisfy({ Self.leads.contains($0) || $0.utf8.count == 1 })
    else { return nil }
    var kept = [whole[0].inside.trimmed()]
    for item in whole.dropFirst() {
      let between = item.before.trimmed().lowercased()
      guard [",", "and", ", and", "or", ", or", ";", "和", "或", "、"].contains(between) else { break }
      kept.append(item.inside.trimmed())
    }
    if kept.count > 1 { return kept.joined(separator: between(whole) ?? ", ") }
    // A number or a hedge behind the formula, as in `$3$ or 4`, is part of what is said.
    let after = text[whole[0].inside.endIndex...].dropFirst(1)
    let head = sentence(after.first == ")" ? after.dropFirst() : after)
    let words = head.split(whereSeparator: { !$0.isLetter }).map { $0.lowercased() }
    if let first = words.first, ["or", "and", "to", "minus", "plus"].contains(first),
      head.contains(where: \.isNumber)
    {
      return nil
    }
    if let first = words.first, ["not", "isn", "wrong", "incorrect"].contains(first) { return nil }
    if whole.count == 1, !lead.isEmpty, MathLexer.tokens(text) != nil, isExpression(text) { return nil }
    let unit = words.first.map { word in
      [
        "percent", "degrees", "cm", "m", "km", "meters", "inches", "feet", "dollars", "cents", "hours",
        "minutes", "seconds", "days",
      ].contains(word)
        ? " \\text{ \(word)}" : ""
    }
    return kept[0] + (head.hasPrefix("%") || head.hasPrefix("\\%") ? "\\%" : unit ?? "")
  }

  private static func between(_ items: [(before: Substring, inside: Substring)]) -> String? {
    items.dropFirst().contains { $0.before.trimmed().lowercased().hasSuffix("or") } ? " or " : nil
  }

  /// The last run of digits of a line, with sign, point, group commas and a fraction bar between two.
  private static func lastNumber(of line: Substring) -> String? {
    let characters = Array(line.suffix(2000))
    guard let end = characters.lastIndex(where: { $0.isASCII && $0.isNumber }) else { return nil }
    var start = end
    while start > 0 {
      let before = characters[start - 1]
      let isInside = before == "." || before == "," || before == "/"
      guard before.isASCII && before.isNumber || isInside && start > 1 && characters[start - 2].isNumber
      else { break }
      start -= 1
    }
    if start > 0, characters[start - 1] == "-",
      start == 1 || !(characters[start - 2].isNumber || characters[start - 2].isLetter)
    {
      start -= 1
    }
    return String(characters[start...end])
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
