import Foundation

/// Python's operators on template values.
enum TemplateOperations {
  static func element(
    _ index: TemplateValue, of owner: TemplateValue, _ namespaces: [[String: TemplateValue]]
  ) throws(ChatTemplateError) -> TemplateValue {
    switch (owner, index) {
    case (.dict(let entries), .string(let key)):
      return entries.first { $0.key.utf8.elementsEqual(key.utf8) }?.value ?? .undefined(key)
    case (.namespace(let place), .string(let key)) where namespaces.indices.contains(place):
      return namespaces[place][key] ?? .undefined(key)
    case (.list(let values), .int(let index)):
      let place = index < 0 ? index + values.count : index
      return values.indices.contains(place) ? values[place] : .undefined("[\(index)]")
    case (.string(let text), .int(let index)):
      let scalars = Array(text.unicodeScalars)
      let place = index < 0 ? index + scalars.count : index
      return scalars.indices.contains(place) ? .string(String(scalars[place])) : .undefined("[\(index)]")
    case (.undefined, _): throw ChatTemplateError("\(owner.kind) has no “\(index.text)”")
    default: return .undefined(index.text)
    }
  }

  /// What a loop visits.
  static func elements(of value: TemplateValue) throws(ChatTemplateError) -> [TemplateValue] {
    switch value {
    case .list(let values): return values
    case .dict(let entries): return entries.map { .string($0.key) }
    case .string(let text):
      guard text.utf8.count < mostElements else { throw tooLarge }
      return text.unicodeScalars.map { .string(String($0)) }
    case .undefined: return []
    default: throw ChatTemplateError("\(value.kind) can't be looped over")
    }
  }

  static func slice(
    _ owner: TemplateValue, from: TemplateValue?, to: TemplateValue?, step: TemplateValue?
  ) throws(ChatTemplateError) -> TemplateValue {
    func integer(_ value: TemplateValue?) throws(ChatTemplateError) -> Int? {
      guard let value else { return nil }
      if case .none = value { return nil }
      guard let integer = value.integer else { throw ChatTemplateError("\(value.kind) in a slice") }
      return integer
    }
    let (from, to, step) = (try integer(from), try integer(to), try integer(step) ?? 1)
    guard step != 0 else { throw ChatTemplateError("a slice has a step of 0") }
    func places(_ count: Int) -> [Int] {
      let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
      func bound(_ value: Int?, _ whole: Int) -> Int {
        guard let value else { return whole }
        return min(max(value < 0 ? value + count : value, low), high)
      }
      return Array(
        stride(from: bound(from, step > 0 ? low : high), to: bound(to, step > 0 ? high : low), by: step))
    }
    switch owner {
    case .list(let values): return .list(places(values.count).map { values[$0] })
    case .string(let text):
      let scalars = Array(text.unicodeScalars)
      var view = String.UnicodeScalarView()
      for place in places(scalars.count) { view.append(scalars[place]) }
      return .string(String(view))
    default: throw ChatTemplateError("\(owner.kind) has no slices")
    }
  }

  static func range(_ arguments: [TemplateValue]) throws(ChatTemplateError) -> TemplateValue {
    let bounds = arguments.compactMap(\.integer)
    guard (1...3).contains(bounds.count), bounds.count == arguments.count else {
      throw ChatTemplateError("range takes one to three integers")
    }
    let (from, to) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0, from.magnitude < 1_000_000, to.magnitude < 1_000_000 else {
      throw ChatTemplateError("a range has a step of 0 or more than a million elements")
    }
    return .list(stride(from: from, to: to, by: step).map { .int($0) })
  }

  /// Local time as `strftime` has it, in English.
  static func time(_ now: time_t, format: String) -> String {
    var (now, parts) = (now, tm())
    localtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 256)
    let count = strftime(&text, text.count, format, &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A template comes with a model, and must not be able to fill its user's memory.
  static let mostBytes = 1 << 26
  private static let mostElements = 1 << 22
  static let tooLarge = ChatTemplateError("it makes a text or a list that is too large")

  static func joined(_ left: String, _ right: String) throws(ChatTemplateError) -> String {
    guard left.utf8.count + right.utf8.count < mostBytes else { throw tooLarge }
    return left + right
  }

  static func arithmetic(
    _ symbol: String, _ left: TemplateValue, _ right: TemplateValue
  ) throws(ChatTemplateError) -> TemplateValue {
    switch (symbol, left, right) {
    case ("~", _, _):
      guard left.size() < mostBytes, right.size() < mostBytes else { throw tooLarge }
      return .string(try joined(left.text, right.text))
    case ("+", .string(let left), .string(let right)): return .string(try joined(left, right))
    case ("+", .list(let left), .list(let right)):
      guard left.count + right.count < mostElements else { throw tooLarge }
      return .list(left + right)
    case ("*", .string(let text), .int(let count)):
      let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(count, 0))
      guard !overflow, size < mostBytes else { throw tooLarge }
      guard size > 0 else { return .string("") }
      return .string(String(repeating: text, count: max(count, 0)))
    default: break
    }
    let failure = ChatTemplateError("“\(symbol)” between \(left.kind) and \(right.kind)")
    if symbol != "/", !(symbol == "**" && (right.integer ?? 0) < 0), let left = left.integer,
      let right = right.integer
    {
      guard let result = integer(symbol, left, right) else { throw failure }
      return .int(result)
    }
    guard let left = left.number, let right = right.number else { throw failure }
    switch symbol {
    case "**": return .double(pow(left, right))
    case "+": return .double(left + right)
    case "-": return .double(left - right)
    case "*": return .double(left * right)
    case "/" where right != 0: return .double(left / right)
    case "//" where right != 0: return .double((left / right).rounded(.down))
    default: throw failure
    }
  }

  /// Quotients are rounded down, as in Python. Nil: overflow, or a division by zero.
  private static func integer(_ symbol: String, _ left: Int, _ right: Int) -> Int? {
    let (value, overflow): (Int, Bool)
    switch symbol {
    case "+": (value, overflow) = left.addingReportingOverflow(right)
    case "-": (value, overflow) = left.subtractingReportingOverflow(right)
    case "*": (value, overflow) = left.multipliedReportingOverflow(by: right)
    case "**":
      // 1 and -1 apart, more than 63 factors are too large.
      guard (0...64).contains(right) || left.magnitude <= 1 && right >= 0 else { return nil }
      var product = 1
      for _ in 0..<(right > 64 ? 64 + right % 2 : right) {
        let (next, overflow) = product.multipliedReportingOverflow(by: left)
        if overflow { return nil }
        product = next
      }
      return product
    case "//", "%":
      guard right != 0, !(left == .min && right == -1) else { return nil }
      let (quotient, rest) = left.quotientAndRemainder(dividingBy: right)
      let isLower = rest != 0 && (rest < 0) != (right < 0)
      return symbol == "%" ? rest + (isLower ? right : 0) : quotient - (isLower ? 1 : 0)
    default: return nil
    }
    return overflow ? nil : value
  }

  static func compare(
    _ symbol: String, _ left: TemplateValue, _ right: TemplateValue
  ) throws(ChatTemplateError) -> Bool {
    switch symbol {
    case "==": return left == right
    case "!=": return !(left == right)
    case "in": return try contains(right, left)
    case "not in": return try !contains(right, left)
    default: break
    }
    if let left = left.number, let right = right.number { return order(symbol, left, right) }
    if case .string(let left) = left, case .string(let right) = right {
      // Code points in order, as Python compares.
      let isLess = left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
      let isEqual = left.utf8.elementsEqual(right.utf8)
      return order(symbol, isEqual ? 0 : isLess ? -1 : 1, 0)
    }
    throw ChatTemplateError("“\(symbol)” between \(left.kind) and \(right.kind)")
  }

  private static func order(_ symbol: String, _ left: Double, _ right: Double) -> Bool {
    switch symbol {
    case "<": left < right
    case "<=": left <= right
    case ">": left > right
    default: left >= right
    }
  }

  private static func contains(_ whole: TemplateValue, _ part: TemplateValue) throws(ChatTemplateError)
    -> Bool
  {
    switch (whole, part) {
    case (.string(let text), .string(let part)):
      return part.isEmpty || Array(text.utf8).firstRange(of: Array(part.utf8)) != nil
    case (.list(let values), _): return values.contains { $0 == part }
    case (.dict(let entries), .string(let key)):
      return entries.contains { $0.key.utf8.elementsEqual(key.utf8) }
    case (.dict, _), (.undefined, _): return false
    default: throw ChatTemplateError("“in” between \(part.kind) and \(whole.kind)")
    }
  }
}
