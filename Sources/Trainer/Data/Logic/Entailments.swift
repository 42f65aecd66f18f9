import AssayNumerics
import Puzzles
import VerifierKit

/// Which of two conclusions follow from two or three premises that can be true together: yes or no for each.
///
/// Worked by all valuations: those that make the premises true, and what the conclusions are there.
func entailments(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let level = try options.level()
  let variables = try options.integer("variables", default: [3, 3, 4, 4, 5][level - 1], in: 2...5)
  let count = try options.integer("premises", default: [2, 2, 3, 3, 4][level - 1], in: 2...5)
  let depth = try options.integer("depth", default: [1, 1, 1, 2, 2][level - 1], in: 1...3)
  return { stratum, random in
    let wanted = [stratum.uniform() < 0.5, stratum.uniform() < 0.5]
    let names = Array(["p", "q", "r", "s", "t"].prefix(variables))
    var (premises, cases, conclusions): ([Formula], [[Bool]], [Formula]) = ([], [], [])
    repeat {
      premises = (0..<count).map { _ in Formula.random(variables: variables, depth: depth, &random) }
      cases = valuations(variables).filter { values in premises.allSatisfy { $0.value(values) } }
      conclusions = []
      let saysSomething = cases.count <= (1 << variables) / 2 && Set(premises).count == count
      for follows in wanted where !cases.isEmpty && saysSomething {
        conclusion(follows, cases, variables, premises + conclusions, &random).map { conclusions.append($0) }
      }
    } while conclusions.count < wanted.count
    let key =
      premises.map { $0.canonical.terse { names[$0] } }.sorted().joined(separator: ",") + ":"
      + conclusions.map { $0.canonical.terse { names[$0] } }.sorted().joined(separator: ",")
    let (said, asked, held) = (premises, conclusions, cases)
    return Question(key: key) {
      let puzzle = JSONValue.object([
        "kind": .string("entailment"),
        "premises": .array(said.map { .string($0.node(names).text) }),
        "conclusions": .array(asked.map { .string($0.node(names).text) }),
      ])
      let literal = { (index: Int, positive: Bool) in positive ? names[index] : "not \(names[index])" }
      let prompt =
        style == .terse
        ? said.map { $0.terse { names[$0] } }.joined(separator: ",") + ":"
          + asked.map { $0.terse { names[$0] } }.joined(separator: ",")
        : "Suppose that \(enumeration(said.map { "“\($0.plain(literal))”" })). Does it follow that "
          + "\(enumeration(asked.map { "“\($0.plain(literal))”" }))? Answer yes or no for each, in this order, separated by commas."
      let thoughts = held.map { values -> String in
        let truths = asked.map { $0.value(values) }
        if style == .terse { return values.map(bit).joined() + ":" + truths.map(bit).joined() }
        return
          "With \(zip(names, values).map { "\($0) \($1)" }.joined(separator: ", ")) all of it is true, and what is asked is "
          + enumeration(truths.map(String.init)) + "."
      }
      let answers = wanted.map { style == .terse ? bit($0) : $0 ? "yes" : "no" }
      return Question.Content(
        prompt: prompt,
        reference: .object(["kind": .string("truths"), "answer": .array(wanted.map(JSONValue.bool))]),
        puzzle: puzzle, solution: worked(thoughts, answer: answers.joined(separator: ", "), style: style))
    }
  }
}

private func valuations(_ variables: Int) -> [[Bool]] {
  (0..<1 << variables).map { bits in (0..<variables).map { bits >> $0 & 1 == 1 } }
}

/// A formula that is none of the others, true in all of the cases or not; nil where 64 draws found none.
private func conclusion(
  _ follows: Bool, _ cases: [[Bool]], _ variables: Int, _ others: [Formula], _ random: inout CounterRandom
) -> Formula? {
  for _ in 0..<64 {
    let drawn = Formula.random(variables: variables, depth: 1, &random)
    if cases.allSatisfy(drawn.value) == follows, !others.contains(drawn) { return drawn }
  }
  return nil
}
