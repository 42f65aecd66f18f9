public import VerifierKit

/// Answers to small puzzles of logic. The reference says which kind:
///
///     {"kind": "truth", "answer": true}
///     {"kind": "truths", "answer": [true, false, true]}
///     {"kind": "assignment", "solution": {"A": "knight", "B": "knave"}}
///     {"kind": "valuation", "formula": "p & (q | ~r)"}        any assignment that satisfies it
///
/// The final answer stands after the last `Answer:`. It has to decide everything that is asked, once: an
/// answer that names a person twice, or both truth values, is `several-answers`.
public struct LogicPuzzle: Verifier {
  public init() {}

  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    guard let kind = LogicReference(problem.reference) else {
      throw .unreadableReference(problem, wanted: "a logic puzzle (docs/verifiers.md has the kinds)")
    }
    guard let text = FinalAnswer.text(of: completion.text), text.utf8.count < 10_000 else {
      return .rejected("no-answer")
    }
    switch kind {
    case .truths(let gold): return judge(text, gold)
    case .assignment(let solution): return judge(text, solution)
    case .valuation(let formula): return judge(text, formula)
    }
  }

  private func judge(_ text: String, _ gold: [Bool]) -> Verdict {
    var values: [Bool] = []
    for word in Self.words(text) {
      guard let value = Self.truth(word) else { return .rejected("no-answer", ["extracted": text]) }
      values.append(value)
    }
    let details = ["extracted": values.map { $0 ? "1" : "0" }.joined(separator: ",")]
    guard values.count == gold.count else {
      return .rejected(values.count > gold.count ? "several-answers" : "no-answer", details)
    }
    return values == gold ? .accepted("equal", details) : .rejected("wrong-answer", details)
  }

  private func judge(_ text: String, _ solution: [String: String]) -> Verdict {
    // Roles are told apart by what the solution calls them, and by `1` and `0` where they are knights and
    // knaves.
    var roles: [String: String] = [:]
    for role in solution.values { roles[role.lowercased()] = role }
    roles["1"] = roles["knight"]
    roles["0"] = roles["knave"]
    for role in ["knight", "knave"] where roles[role] == nil { roles[role] = role }
    let names = Dictionary(
      solution.keys.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    var given: [String: String] = [:]
    var open: [String] = []
    for word in Self.words(text).map({ $0.lowercased() }) {
      if let name = names[word], !(word == "a" && !open.isEmpty) {
        open.append(name)
      } else if Self.negations.contains(word) {
        return .rejected("several-answers", ["extracted": text])
      } else {
        let singular = word.hasSuffix("s") ? String(word.dropLast()) : word
        guard let role = roles[word] ?? roles[singular] else { continue }
        // A second role for the same name, or a role for nobody: candidates, not an answer.
        if open.isEmpty { return .rejected("several-answers", ["extracted": text]) }
        for name in open {
          if given.updateValue(role, forKey: name) != nil {
            return .rejected("several-answers", ["extracted": text])
          }
        }
        open = []
      }
    }
    let extracted = given.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    guard given.count == solution.count, open.isEmpty else {
      return .rejected("no-answer", ["extracted": extracted])
    }
    return given == solution
      ? .accepted("equal", ["extracted": extracted]) : .rejected("wrong-answer", ["extracted": extracted])
  }

  private func judge(_ text: String, _ formula: PropositionalFormula) -> Verdict {
    var values: [String: Bool] = [:]
    let words = Self.words(text)
    for (name, value) in zip(words, words.dropFirst()) where formula.variables.contains(name) {
      guard let truth = Self.truth(value) else { continue }
      if values.updateValue(truth, forKey: name) != nil { return .rejected("several-answers") }
    }
    let extracted = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value ? 1 : 0)" }
      .joined(separator: ",")
    guard values.count == formula.variables.count else {
      return .rejected("no-answer", ["extracted": extracted])
    }
    return formula.value(values)
      ? .accepted("satisfies", ["extracted": extracted]) : .rejected("wrong-answer", ["extracted": extracted])
  }

  private static let negations: Set<String> = [
    "not", "isn", "aren", "neither", "nor", "never", "hardly", "or", "cannot", "no",
  ]

  private static func words(_ text: String) -> [String] {
    text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  private static func truth(_ word: String) -> Bool? {
    switch word.lowercased() {
    case "1", "t", "true", "yes": true
    case "0", "f", "false", "no": false
    default: nil
    }
  }
}

/// A readable reference.
private enum LogicReference {
  case truths([Bool])
  case assignment([String: String])
  case valuation(PropositionalFormula)

  init?(_ json: JSONValue?) {
    switch json?["kind"]?.string {
    case "truth":
      guard let answer = json?["answer"]?.bool else { return nil }
      self = .truths([answer])
    case "truths":
      guard let list = json?["answer"]?.array, !list.isEmpty else { return nil }
      let truths = list.compactMap(\.bool)
      guard truths.count == list.count else { return nil }
      self = .truths(truths)
    case "assignment":
      guard let object = json?["solution"]?.object, !object.isEmpty else { return nil }
      let roles = object.compactMapValues(\.string)
      guard roles.count == object.count else { return nil }
      self = .assignment(roles)
    case "valuation":
      guard let formula = json?["formula"]?.string.flatMap(PropositionalFormula.init), formula.isSatisfiable
      else { return nil }
      self = .valuation(formula)
    default: return nil
    }
  }
}
