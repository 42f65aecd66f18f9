import Foundation

/// Filters, tests and methods by name.
enum TemplateMethods {
  static func filter(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue], _ named: [String: TemplateValue],
    _ namespaces: [[String: TemplateValue]] = []
  ) throws(ChatTemplateError) -> TemplateValue {
    for text in [value] + arguments where text.size() >= TemplateOperations.mostBytes {
      throw TemplateOperations.tooLarge
    }
    switch (name, value) {
    case ("trim", _): return .string(strip(value.text, arguments.first, left: true, right: true))
    case ("length", .string(let text)), ("count", .string(let text)): return .int(text.unicodeScalars.count)
    case ("length", .list(let values)), ("count", .list(let values)): return .int(values.count)
    case ("length", .dict(let entries)), ("count", .dict(let entries)): return .int(entries.count)
    case ("length", .undefined), ("count", .undefined): return .int(0)
    case ("upper", _): return .string(value.text.uppercased())
    case ("lower", _): return .string(value.text.lowercased())
    case ("capitalize", _):
      return .string(value.text.prefix(1).uppercased() + value.text.dropFirst().lowercased())
    case ("title", _): return .string(value.text.capitalized)
    case ("string", _): return .string(value.text)
    case ("float", _): return .double(value.number ?? Double(value.text) ?? 0)
    case ("safe", _): return value
    case ("int", _):
      return .int(
        value.integer ?? value.number.flatMap { Int(exactly: $0.rounded(.towardZero)) } ?? Int(value.text)
          ?? 0)
    case ("default", _), ("d", _):
      let replacesFalse = (named["boolean"] ?? arguments.dropFirst().first)?.isTrue ?? false
      let isMissing = value.isUndefined || replacesFalse && !value.isTrue
      return isMissing ? named["default_value"] ?? arguments.first ?? .string("") : value
    case ("first", .list(let values)): return values.first ?? .undefined("first")
    case ("last", .list(let values)): return values.last ?? .undefined("last")
    case ("first", .string(let text)):
      return text.unicodeScalars.first.map { .string(String($0)) } ?? .undefined("first")
    case ("last", .string(let text)):
      return text.unicodeScalars.last.map { .string(String($0)) } ?? .undefined("last")
    case ("list", _): return .list(try TemplateOperations.elements(of: value))
    case ("reverse", .list(let values)): return .list(values.reversed())
    case ("join", .list(let values)):
      let separator = arguments.first?.text ?? ""
      let size = values.reduce(0) { min($0 + $1.size() + separator.utf8.count, 1 << 40) }
      guard size < TemplateOperations.mostBytes else { throw TemplateOperations.tooLarge }
      return .string(values.map(\.text).joined(separator: separator))
    case ("items", .dict(let entries)), ("dictsort", .dict(let entries)):
      let ordered = name == "items" ? entries : entries.sorted { $0.key.lowercased() < $1.key.lowercased() }
      return .list(ordered.map { .list([.string($0.key), $0.value]) })
    case ("replace", _) where arguments.count == 2:
      // Byte by byte, as Python's code points: a character of Swift's may be several.
      let (old, new) = (Array(arguments[0].text.utf8), Array(arguments[1].text.utf8))
      guard !old.isEmpty else { throw ChatTemplateError("“replace” of an empty text is not supported") }
      let text = Array(value.text.utf8)
      // At the most everything is replaced.
      let (grown, overflow) = (text.count / old.count + 1).multipliedReportingOverflow(by: new.count)
      guard !overflow, grown < 4 * TemplateOperations.mostBytes else { throw TemplateOperations.tooLarge }
      return .string(String(decoding: text.replacing(old, with: new), as: UTF8.self))
    case ("tojson", _):
      let isPlain = named["ensure_ascii"].map { !$0.isTrue } ?? true
      guard isPlain, Set(named.keys).isSubset(of: ["indent", "ensure_ascii"]) else {
        throw ChatTemplateError("“tojson” with other arguments than indent is not supported")
      }
      let indent = (named["indent"] ?? arguments.first)?.integer.map { min(max($0, 0), 16) }
      guard value.size(indent: indent ?? 0) < TemplateOperations.mostBytes else {
        throw TemplateOperations.tooLarge
      }
      return .string(value.json(indent: indent))
    case ("map", _):
      return .list(try map(TemplateOperations.elements(of: value), arguments, named, namespaces))
    case ("selectattr", _), ("rejectattr", _), ("select", _), ("reject", _):
      return .list(try select(TemplateOperations.elements(of: value), name, arguments, namespaces))
    default: throw ChatTemplateError("the filter “\(name)” of \(value.kind) is not supported")
    }
  }

  /// `map(attribute='role')`, or `map('trim')`.
  private static func map(
    _ values: [TemplateValue], _ arguments: [TemplateValue], _ named: [String: TemplateValue],
    _ namespaces: [[String: TemplateValue]]
  ) throws(ChatTemplateError) -> [TemplateValue] {
    var result: [TemplateValue] = []
    for value in values {
      if let attribute = named["attribute"] {
        result.append(try TemplateOperations.element(attribute, of: value, namespaces))
      } else {
        result.append(try filter(arguments.first?.text ?? "", value, Array(arguments.dropFirst()), named))
      }
    }
    return result
  }

  /// `selectattr('role', 'equalto', 'user')`, `select('string')` and their opposites; without a test: what is
  /// true.
  private static func select(
    _ values: [TemplateValue], _ name: String, _ arguments: [TemplateValue],
    _ namespaces: [[String: TemplateValue]]
  ) throws(ChatTemplateError) -> [TemplateValue] {
    let ofAttribute = name.hasSuffix("attr")
    let rest = Array(arguments.dropFirst(ofAttribute ? 1 : 0))
    var result: [TemplateValue] = []
    for value in values {
      var subject = value
      if ofAttribute, let attribute = arguments.first {
        subject = try TemplateOperations.element(attribute, of: value, namespaces)
      }
      let holds = try rest.first.map { name throws(ChatTemplateError) in
        try test(name.text, subject, Array(rest.dropFirst()))
      }
      if (holds ?? subject.isTrue) == name.hasPrefix("select") { result.append(value) }
    }
    return result
  }

  static func test(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue]
  ) throws(ChatTemplateError) -> Bool {
    switch (name, value) {
    case ("defined", _): return !value.isUndefined
    case ("undefined", _): return value.isUndefined
    case ("none", .none), ("string", .string), ("mapping", .dict), ("boolean", .bool), ("integer", .int),
      ("float", .double), ("number", .int), ("number", .double), ("number", .bool):
      return true
    case ("sequence", .list), ("sequence", .string), ("sequence", .dict), ("iterable", .list),
      ("iterable", .string), ("iterable", .dict):
      return true
    case ("true", .bool(let value)): return value
    case ("false", .bool(let value)): return !value
    case ("even", .int(let value)): return value % 2 == 0
    case ("odd", .int(let value)): return value % 2 != 0
    case ("divisibleby", .int(let value)):
      guard let divisor = arguments.first?.integer, divisor != 0 else {
        throw ChatTemplateError("“divisibleby” takes an integer that isn't 0")
      }
      return divisor == -1 || value % divisor == 0
    case ("equalto", _), ("eq", _), ("==", _): return arguments.first.map { $0 == value } ?? false
    case ("in", _):
      guard let whole = arguments.first else { throw ChatTemplateError("“in” takes a list") }
      return try TemplateOperations.compare("in", value, whole)
    case ("none", _), ("string", _), ("mapping", _), ("boolean", _), ("integer", _), ("float", _),
      ("number", _), ("sequence", _), ("iterable", _), ("true", _), ("false", _):
      return false
    default: throw ChatTemplateError("the test “\(name)” of \(value.kind) is not supported")
    }
  }

  static func method(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue]
  ) throws(ChatTemplateError) -> TemplateValue {
    switch (name, value) {
    case ("strip", .string(let text)), ("lstrip", .string(let text)), ("rstrip", .string(let text)):
      return .string(strip(text, arguments.first, left: name != "rstrip", right: name != "lstrip"))
    case ("upper", .string), ("lower", .string), ("title", .string), ("capitalize", .string):
      return try filter(name, value, arguments, [:])
    case ("startswith", .string(let text)):
      return .bool(prefixes(arguments).contains { text.utf8.starts(with: $0.utf8) })
    case ("endswith", .string(let text)):
      return .bool(prefixes(arguments).contains { text.utf8.reversed().starts(with: $0.utf8.reversed()) })
    case ("split", .string(let text)):
      return .list(split(text, arguments.first, most: arguments.dropFirst().first?.integer ?? -1))
    case ("join", .string(let text)) where arguments.count == 1:
      return try filter("join", arguments[0], [.string(text)], [:])
    case ("replace", .string) where arguments.count == 2: return try filter(name, value, arguments, [:])
    case ("items", .dict): return try filter("items", value, [], [:])
    case ("keys", .dict(let entries)): return .list(entries.map { .string($0.key) })
    case ("values", .dict(let entries)): return .list(entries.map(\.value))
    case ("get", .dict(let entries)):
      let key = arguments.first?.text ?? ""
      return entries.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
        ?? (arguments.count > 1 ? arguments[1] : TemplateValue.none)
    default: throw ChatTemplateError("the method “\(name)” of \(value.kind) is not supported")
    }
  }

  private static func prefixes(_ arguments: [TemplateValue]) -> [String] {
    if case .list(let values) = arguments.first { return values.map(\.text) }
    return arguments.prefix(1).map(\.text)
  }

  private static func strip(_ text: String, _ set: TemplateValue?, left: Bool, right: Bool) -> String {
    var scalars = text.unicodeScalars[...]
    func isStripped(_ scalar: Unicode.Scalar) -> Bool {
      if case .string(let characters) = set { return characters.unicodeScalars.contains(scalar) }
      // Python counts the four separators of ASCII as white space, Unicode doesn't.
      return scalar.properties.isWhitespace || ("\u{1c}"..."\u{1f}").contains(scalar)
    }
    while left, let first = scalars.first, isStripped(first) { scalars.removeFirst() }
    while right, let last = scalars.last, isStripped(last) { scalars.removeLast() }
    return String(scalars)
  }

  /// - Parameter most: Cuts at most; below 0: all.
  private static func split(_ text: String, _ separator: TemplateValue?, most: Int) -> [TemplateValue] {
    if case .string(let separator) = separator, !separator.isEmpty {
      let parts = text.components(separatedBy: separator)
      guard most >= 0, parts.count > most + 1 else { return parts.map { .string($0) } }
      return parts[..<most].map { .string($0) } + [.string(parts[most...].joined(separator: separator))]
    }
    return text.unicodeScalars.split { $0.properties.isWhitespace }.map { .string(String($0)) }
  }
}
