import Glibc

/// Runs the statements of a template.
struct TemplateEvaluation {
  private var scopes: [[String: TemplateValue]]
  /// Each `namespace()` that was made.
  private var namespaces: [[String: TemplateValue]] = []
  private var output = ""
  /// Statements and rounds of loops left: a template comes with a model, and must not hang its user.
  private var budget = 1_000_000
  /// Calls of macros within each other.
  private var depth = 0
  private let now: time_t

  private static let functions = ["raise_exception", "namespace", "dict", "range", "strftime_now"]

  init(_ variables: [String: TemplateValue], now: time_t) {
    let functions = Dictionary(uniqueKeysWithValues: Self.functions.map { ($0, TemplateValue.function($0)) })
    // What the template sets at its top is seen by its macros, what a loop sets isn't.
    scopes = [functions.merging(variables) { $1 }]
    self.now = now
  }

  mutating func run(_ statements: [TemplateStatement]) throws(ChatTemplateError) -> String {
    output = ""
    _ = try body(statements)
    return output
  }

  private enum Flow { case on, leave, next }

  private mutating func body(_ statements: [TemplateStatement]) throws(ChatTemplateError) -> Flow {
    for statement in statements {
      try spend()
      switch statement {
      case .text(let text): try write(text)
      case .output(let expression):
        let value = try value(expression)
        guard value.size() < TemplateOperations.mostBytes else { throw TemplateOperations.tooLarge }
        try write(value.text)
      case .assign(let target, let expression): try assign(try value(expression), to: target)
      case .capture(let target, let statements):
        try assign(.string(try captured(statements)), to: target)
      case .branch(let branches, let otherwise):
        let chosen = try chosen(branches) ?? otherwise
        let flow = try body(chosen)
        if flow != .on { return flow }
      case .loop(let loop): try run(loop)
      case .macro(let macro): scopes[scopes.count - 1][macro.name] = .macro(macro)
      case .leave: return .leave
      case .next: return .next
      }
    }
    return .on
  }

  /// What the statements write.
  private mutating func captured(_ statements: [TemplateStatement]) throws(ChatTemplateError) -> String {
    let before = output
    output = ""
    _ = try body(statements)
    defer { output = before }
    return output
  }

  private mutating func spend(_ steps: Int = 1) throws(ChatTemplateError) {
    budget -= steps
    guard budget > 0 else { throw ChatTemplateError("it takes too many steps") }
  }

  private mutating func write(_ text: String) throws(ChatTemplateError) {
    guard output.utf8.count + text.utf8.count < 1 << 26 else {
      throw ChatTemplateError("its text is too large")
    }
    try spend(text.utf8.count >> 10)
    output += text
  }

  private mutating func chosen(
    _ branches: [(condition: TemplateExpression, body: [TemplateStatement])]
  ) throws(ChatTemplateError) -> [TemplateStatement]? {
    for branch in branches where try value(branch.condition).isTrue { return branch.body }
    return nil
  }

  private mutating func run(_ loop: TemplateLoop) throws(ChatTemplateError) {
    var values = try TemplateOperations.elements(of: try value(loop.values))
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for value in values {
        try spend()
        scopes.append([:])
        try bind(value, to: loop.names)
        if try self.value(condition).isTrue { kept.append(value) }
        scopes.removeLast()
      }
      values = kept
    }
    if values.isEmpty {
      _ = try body(loop.otherwise)
      return
    }
    for (index, value) in values.enumerated() {
      try spend()
      scopes.append([:])
      defer { scopes.removeLast() }
      try bind(value, to: loop.names)
      let count = values.count
      let state: [(key: String, value: TemplateValue)] = [
        ("index", .int(index + 1)), ("index0", .int(index)), ("revindex", .int(count - index)),
        ("revindex0", .int(count - index - 1)), ("first", .bool(index == 0)),
        ("last", .bool(index == count - 1)), ("length", .int(count)),
        ("previtem", index > 0 ? values[index - 1] : .undefined("previtem")),
        ("nextitem", index + 1 < count ? values[index + 1] : .undefined("nextitem")),
      ]
      scopes[scopes.count - 1]["loop"] = .dict(state)
      if try body(loop.body) == .leave { break }
    }
  }

  private mutating func bind(_ value: TemplateValue, to names: [String]) throws(ChatTemplateError) {
    guard names.count > 1 else {
      scopes[scopes.count - 1][names[0]] = value
      return
    }
    guard case .list(let parts) = value, parts.count == names.count else {
      throw ChatTemplateError("\(value.kind) can't be taken apart into \(names.count) names")
    }
    for (name, part) in zip(names, parts) { scopes[scopes.count - 1][name] = part }
  }

  private mutating func assign(
    _ value: TemplateValue, to target: TemplateTarget
  ) throws(ChatTemplateError) {
    switch target {
    case .names(let names): try bind(value, to: names)
    case .attribute(let owner, let name):
      guard case .namespace(let place) = lookUp(owner) else {
        throw ChatTemplateError("“\(owner).\(name)” can't be set: “\(owner)” is no namespace")
      }
      namespaces[place][name] = value
    }
  }

  private func lookUp(_ name: String) -> TemplateValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return .undefined(name)
  }
}

extension TemplateEvaluation {
  private mutating func value(_ expression: TemplateExpression) throws(ChatTemplateError) -> TemplateValue {
    switch expression {
    case .literal(let value): return value
    case .name(let name): return lookUp(name)
    case .list(let expressions): return .list(try values(expressions))
    case .dict(let entries):
      var result: [(key: String, value: TemplateValue)] = []
      for entry in entries { result.append((try value(entry.key).text, try value(entry.value))) }
      return .dict(result)
    case .attribute(let owner, let name):
      return try TemplateOperations.element(.string(name), of: try value(owner), namespaces)
    case .element(let owner, let index):
      return try TemplateOperations.element(try value(index), of: try value(owner), namespaces)
    case .slice(let owner, let from, let to, let step):
      return try made(
        TemplateOperations.slice(
          try value(owner), from: try optional(from), to: try optional(to), step: try optional(step)))
    case .call(let callee, let arguments): return try made(call(callee, arguments))
    case .filter(let operand, let name, let arguments):
      let (positional, named) = try values(arguments)
      return try made(TemplateMethods.filter(name, try value(operand), positional, named, namespaces))
    case .test(let operand, let name, let arguments):
      let (positional, _) = try values(arguments)
      return .bool(try TemplateMethods.test(name, try value(operand), positional))
    case .not(let operand): return .bool(try !value(operand).isTrue)
    case .negative(let operand):
      return try TemplateOperations.arithmetic("-", .int(0), try value(operand))
    case .and(let left, let right):
      let left = try value(left)
      return left.isTrue ? try value(right) : left
    case .or(let left, let right):
      let left = try value(left)
      return left.isTrue ? left : try value(right)
    case .arithmetic(let symbol, let left, let right):
      return try made(TemplateOperations.arithmetic(symbol, try value(left), try value(right)))
    case .comparison(let first, let rest):
      var left = try value(first)
      for (symbol, operand) in rest {
        let right = try value(operand)
        guard try TemplateOperations.compare(symbol, left, right) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .conditional(let then, let condition, let otherwise):
      if try value(condition).isTrue { return try value(then) }
      return try optional(otherwise) ?? .undefined("else")
    }
  }

  /// What a large text or list costs: of many together no memory is filled.
  private mutating func made(_ value: TemplateValue) throws(ChatTemplateError) -> TemplateValue {
    switch value {
    case .string(let text): try spend(text.utf8.count >> 10)
    case .list(let values): try spend(values.count >> 4)
    default: break
    }
    return value
  }

  private mutating func optional(
    _ expression: TemplateExpression?
  ) throws(ChatTemplateError) -> TemplateValue? {
    guard let expression else { return nil }
    return try value(expression)
  }

  private mutating func values(_ expressions: [TemplateExpression]) throws(ChatTemplateError)
    -> [TemplateValue]
  {
    var result: [TemplateValue] = []
    for expression in expressions { result.append(try value(expression)) }
    return result
  }

  private mutating func values(
    _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> ([TemplateValue], [String: TemplateValue]) {
    var named: [String: TemplateValue] = [:]
    for argument in arguments.named { named[argument.name] = try value(argument.value) }
    return (try values(arguments.positional), named)
  }

  private mutating func call(
    _ callee: TemplateExpression, _ arguments: TemplateArguments
  ) throws(ChatTemplateError) -> TemplateValue {
    let (positional, named) = try values(arguments)
    if case .attribute(let owner, let name) = callee {
      guard named.isEmpty else {
        throw ChatTemplateError("named arguments of the method “\(name)” are not supported")
      }
      return try TemplateMethods.method(name, try value(owner), positional)
    }
    let function = try value(callee)
    if case .macro(let macro) = function { return try call(macro, positional, named) }
    guard case .function(let name) = function else {
      throw ChatTemplateError("\(function.kind) is called as a function")
    }
    switch name {
    case "raise_exception": throw ChatTemplateError(positional.first?.text ?? "it refuses the messages")
    case "namespace":
      namespaces.append(named)
      return .namespace(namespaces.count - 1)
    case "dict": return .dict(arguments.named.map { ($0.name, named[$0.name] ?? .none) })
    case "range": return try TemplateOperations.range(positional)
    default: return .string(TemplateOperations.time(now, format: positional.first?.text ?? ""))
    }
  }

  private mutating func call(
    _ macro: TemplateMacro, _ positional: [TemplateValue], _ named: [String: TemplateValue]
  ) throws(ChatTemplateError) -> TemplateValue {
    try spend()
    guard depth < 32 else { throw ChatTemplateError("more than 32 levels of macros") }
    let known = Set(macro.parameters.map(\.name))
    guard positional.count <= macro.parameters.count, known.isSuperset(of: named.keys) else {
      throw ChatTemplateError("the macro “\(macro.name)” has no such parameter")
    }
    let callers = scopes
    depth += 1
    defer {
      scopes = callers
      depth -= 1
    }
    scopes = [callers[0], [:]]
    for (index, parameter) in macro.parameters.enumerated() {
      var argument = index < positional.count ? positional[index] : named[parameter.name]
      if argument == nil { argument = try optional(parameter.standard) }
      scopes[1][parameter.name] = argument ?? .undefined(parameter.name)
    }
    return .string(try captured(macro.body))
  }
}
