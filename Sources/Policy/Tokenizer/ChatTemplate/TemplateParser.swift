/// Builds statements from the tokens of a template.
struct TemplateParser {
  private var expressions: TemplateExpressionParser

  init(_ tokens: [TemplateToken]) { expressions = TemplateExpressionParser(tokens) }

  mutating func template() throws(ChatTemplateError) -> [TemplateStatement] {
    let (body, end) = try statements(until: [], depth: 0)
    guard end == nil else { throw ChatTemplateError("“\(end ?? "")” without a beginning") }
    return body
  }

  /// Statements up to a tag of that name, which is taken, or to the end of the template.
  private mutating func statements(
    until names: Set<String>, depth: Int
  ) throws(ChatTemplateError) -> ([TemplateStatement], end: String?) {
    guard depth < 64 else { throw ChatTemplateError("more than 64 levels of statements") }
    var result: [TemplateStatement] = []
    while let token = expressions.next() {
      switch token {
      case .text(let text): result.append(.text(text))
      case .outputStart:
        result.append(.output(try expressions.tuple()))
        try expressions.expect(.outputEnd)
      case .tagStart:
        let name = try expressions.expectName()
        if names.contains(name) { return (result, name) }
        if let statement = try statement(name, depth: depth + 1) { result.append(statement) }
      default: throw ChatTemplateError("“\(token)” is not expected")
      }
    }
    guard names.isEmpty else {
      throw ChatTemplateError("“\(names.sorted().joined(separator: "” or “"))” is missing")
    }
    return (result, nil)
  }

  private mutating func statement(
    _ name: String, depth: Int
  ) throws(ChatTemplateError) -> TemplateStatement? {
    switch name {
    case "for": return try loop(depth: depth)
    case "if": return try branch(depth: depth)
    case "set": return try assignment(depth: depth)
    case "macro": return try macro(depth: depth)
    case "break", "continue":
      try expressions.expect(.tagEnd)
      return name == "break" ? .leave : .next
    case "generation", "endgeneration":
      // Marks the assistant's part for training masks; it prints nothing.
      try expressions.expect(.tagEnd)
      return nil
    default: throw ChatTemplateError("the tag “\(name)” is not supported")
    }
  }

  private mutating func loop(depth: Int) throws(ChatTemplateError) -> TemplateStatement {
    let names = try nameList()
    guard try expressions.expectName() == "in" else { throw ChatTemplateError("“in” is missing after “for”") }
    let values = try expressions.disjunction()
    let condition = expressions.take(.name("if")) ? try expressions.expression() : nil
    try expressions.expect(.tagEnd)
    var (body, end) = try statements(until: ["endfor", "else"], depth: depth)
    var otherwise: [TemplateStatement] = []
    if end == "else" {
      try expressions.expect(.tagEnd)
      (otherwise, end) = try statements(until: ["endfor"], depth: depth)
    }
    try expressions.expect(.tagEnd)
    return .loop(
      TemplateLoop(names: names, values: values, condition: condition, body: body, otherwise: otherwise))
  }

  private mutating func branch(depth: Int) throws(ChatTemplateError) -> TemplateStatement {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let condition = try expressions.expression()
      try expressions.expect(.tagEnd)
      let (body, end) = try statements(until: ["elif", "else", "endif"], depth: depth)
      branches.append((condition, body))
      if end == "elif" { continue }
      try expressions.expect(.tagEnd)
      guard end == "else" else { return .branch(branches, otherwise: []) }
      let (otherwise, _) = try statements(until: ["endif"], depth: depth)
      try expressions.expect(.tagEnd)
      return .branch(branches, otherwise: otherwise)
    }
  }

  private mutating func assignment(depth: Int) throws(ChatTemplateError) -> TemplateStatement {
    let names = try nameList()
    var target = TemplateTarget.names(names)
    if names.count == 1, expressions.take(.symbol(".")) {
      target = .attribute(of: names[0], try expressions.expectName())
    }
    if expressions.take(.symbol("=")) {
      let value = try expressions.tuple()
      try expressions.expect(.tagEnd)
      return .assign(target, value)
    }
    try expressions.expect(.tagEnd)
    let (body, _) = try statements(until: ["endset"], depth: depth)
    try expressions.expect(.tagEnd)
    return .capture(target, body)
  }

  private mutating func macro(depth: Int) throws(ChatTemplateError) -> TemplateStatement {
    let name = try expressions.expectName()
    var parameters: [(name: String, standard: TemplateExpression?)] = []
    try expressions.expect(.symbol("("))
    while !expressions.take(.symbol(")")) {
      let parameter = try expressions.expectName()
      parameters.append((parameter, expressions.take(.symbol("=")) ? try expressions.expression() : nil))
      if !expressions.take(.symbol(",")) {
        try expressions.expect(.symbol(")"))
        break
      }
    }
    try expressions.expect(.tagEnd)
    let (body, _) = try statements(until: ["endmacro"], depth: depth)
    // The name may stand behind “endmacro”, too.
    _ = expressions.take(.name(name))
    try expressions.expect(.tagEnd)
    return .macro(TemplateMacro(name: name, parameters: parameters, body: body))
  }

  private mutating func nameList() throws(ChatTemplateError) -> [String] {
    let isEnclosed = expressions.take(.symbol("("))
    var names = [try expressions.expectName()]
    while expressions.take(.symbol(",")) { names.append(try expressions.expectName()) }
    if isEnclosed { try expressions.expect(.symbol(")")) }
    return names
  }
}
