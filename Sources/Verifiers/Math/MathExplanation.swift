public import VerifierKit

extension MathAnswer: ExplainingVerifier {
  public func explain(_ completion: Completion, of problem: Problem) -> [String] {
    var lines: [String] = []
    let goldText = Self.goldText(problem.reference)?.trimmed() ?? ""
    let gold = Self.form(gold: goldText)
    lines.append("gold: \(goldText.shortened(to: 200))")
    lines.append("gold is read as: \(gold?.summary ?? "nothing that can be compared")")
    var extraction = AnswerExtraction(completion.text, sources: options.sources)
    switch extraction.answer() {
    case .none:
      lines.append(
        "answer: none found; looked for \(options.sources.map(\.rawValue).joined(separator: ", "))")
    case .several: lines.append("answer: several different ones, each marked as the final one")
    case .boxes(let boxes): lines.append("answer: boxes side by side: \(boxes.joined(separator: " ; "))")
    case .answer(let text):
      lines.append("answer, from \(extraction.source?.rawValue ?? "the text"): \(text.shortened(to: 200))")
      let given = extraction.form(of: text) ?? Self.form(text)
      lines.append("answer is read as: \(given?.summary ?? "nothing that can be compared")")
      if let gold, let given { lines += Self.comparison(gold, given) }
    }
    return lines
  }

  private static func comparison(_ gold: MathForm, _ given: MathForm) -> [String] {
    var lines: [String] = []
    if case .value(let a) = gold.unnamed, case .value(let b) = given.unnamed {
      let names = a.node.symbols.union(b.node.symbols).sorted()
      if names.isEmpty, let x = a.node.exact(), let y = b.node.exact() {
        lines.append("exact values: \(x == y ? "equal" : "different")")
      } else if !names.isEmpty, let equal = a.node.equalsAsRationalFunction(b.node, names) {
        lines.append("rational functions, at points modulo primes: \(equal ? "equal" : "different")")
      } else if a.node.hasSteps || b.node.hasSteps {
        lines.append("values at whole numbers and between: \(a.node.equals(b.node) ? "equal" : "different")")
      } else {
        lines.append("values at points, fp64: \(a.node.probe(b.node, names).rawValue)")
      }
      lines.append("normal forms: \(NormalForm.compare(a.node, b.node).rawValue)")
    }
    lines.append(
      "by the rules for these kinds of answers: \(MathForm.equal(gold: gold, given: given) ? "the same" : "not the same")"
    )
    return lines
  }
}

extension MathForm {
  var unnamed: MathForm { if case .named(_, let form) = self { form } else { self } }

  /// In a few words.
  var summary: String {
    switch self {
    case .value(let scalar):
      var words = scalar.node.symbols.isEmpty ? "the number " : "the expression "
      words += scalar.node.summary
      if scalar.isPercent { words += " %" }
      if !scalar.unit.isEmpty { words += ", unit \(scalar.unit.joined(separator: " "))" }
      if let digits = scalar.decimals { words += ", a decimal of \(digits.places) places" }
      if let base = scalar.base { words += ", from base \(base)" }
      return words
    case .list(let items): return "a list in any order: \(items.map(\.summary).joined(separator: "; "))"
    case .finiteSet(let items): return "a set: \(items.map(\.summary).joined(separator: "; "))"
    case .tuple(let items): return "in this order: \(items.map(\.summary).joined(separator: "; "))"
    case .set(let set): return "the numbers \(set.summary)"
    case .named(let names, let form): return "\(names.joined(separator: ", ")) is \(form.summary)"
    case .equation(let sides): return "the equation \(sides.map(\.summary).joined(separator: " = "))"
    case .relation(let sign, let a, let b): return "the condition \(a.summary) \(sign) \(b.summary)"
    case .matrix(let rows): return "a matrix, \(rows.count) × \(rows.first?.count ?? 0)"
    case .ratio(let parts): return "the ratio \(parts.map(\.summary).joined(separator: " : "))"
    case .time(let minutes, _): return "a time of the day, minute \(minutes)"
    case .infinity(let isPositive): return isPositive ? "∞" : "-∞"
    case .residue(let names, let value, let modulus):
      let named = names.isEmpty ? "" : "\(names.joined(separator: ", ")) is "
      return "\(named)\(value.summary), modulo \(modulus.summary)"
    case .text(let text): return "the words “\(text.shortened(to: 200))”"
    }
  }
}

extension RealSet {
  fileprivate var summary: String {
    func text(_ bound: Bound) -> String {
      switch bound {
      case .minus: "-∞"
      case .plus: "∞"
      case .at(let node): node.summary
      }
    }
    if pieces.isEmpty { return "of the empty set" }
    return pieces.map {
      "\($0.isLowOpen ? "(" : "[")\(text($0.low)), \(text($0.high))\($0.isHighOpen ? ")" : "]")"
    }.joined(separator: " ∪ ")
  }
}

extension MathNode {
  /// In plain notation, brackets around everything but atoms.
  var summary: String {
    switch self {
    case .number(let value):
      value.isInteger ? value.numerator.description : "\(value.numerator)/\(value.denominator)"
    case .symbol(let name): name
    case .add(let a, .negate(let b)): "(\(a.summary) - \(b.summary))"
    case .add(let a, let b): "(\(a.summary) + \(b.summary))"
    case .multiply(let a, let b): "\(a.summary)·\(b.summary)"
    case .divide(let a, let b): "(\(a.summary))/(\(b.summary))"
    case .power(let a, let b): "\(a.summary)^\(b.summary)"
    case .negate(let a): "-\(a.summary)"
    case .root(.number(.small(2, 1)), let a): "√(\(a.summary))"
    case .root(let degree, let a): "root of degree \(degree.summary) of (\(a.summary))"
    case .call(let name, let a): "\(name)(\(a.summary))"
    case .logarithm(let base, let a): "log_\(base.summary)(\(a.summary))"
    case .factorial(let a): "\(a.summary)!"
    case .degrees(let a): "\(a.summary)°"
    case .series(let kind, let low, let high, let body):
      "\(kind.rawValue)(\(MathNode.index) = \(low.summary)…\(high.summary): \(body.summary))"
    }
  }
}
