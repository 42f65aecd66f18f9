import AssayNumerics
import Puzzles
import VerifierKit

/// Knights tell the truth, knaves lie, and everyone says one thing: `A:~B;B:A&B`. Level n has n + 1 people.
///
/// Worked by trying the assignments from all-knights down: `11>01` says that with two knights the
/// statements would be false and true, which two knights don't say; the first line with equal sides is the
/// answer. The solution is drawn first and is unique, so each assignment is the answer equally often.
func knights(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let level = try options.level()
  let people = try options.range("people", default: level + 1...level + 1, in: 2...6)
  return { stratum, random in
    let count = stratum.integer(in: people)
    let solution = (0..<count).map { _ in stratum.uniform() < 0.5 }
    var statements: [Formula] = []
    repeat {
      statements = solution.indices.map { speaker in
        saying(speaker, of: solution, &random)
      }
    } while !hasOneSolution(statements)
    return style == .terse
      ? terseKnights(solution, statements) : plainKnights(solution, statements, &random)
  }
}

/// Something that the speaker can say: true from a knight, false from a knave.
private func saying(
  _ speaker: Int, of solution: [Bool], _ random: inout CounterRandom
) -> Formula {
  while true {
    let statement: Formula
    if random.uniform() < 0.2 {
      let other = (speaker + random.integer(in: 1...solution.count - 1)) % solution.count
      statement = random.uniform() < 0.5 ? .variable(other) : .not(.variable(other))
    } else {
      statement = .random(variables: solution.count, depth: 1, &random)
    }
    if statement.value(solution) == solution[speaker] { return statement }
  }
}

/// All knights first, then as binary numbers counted down.
private func assignments(_ people: Int) -> [[Bool]] {
  (0..<1 << people).reversed().map { bits in
    (0..<people).reversed().map { bits >> $0 & 1 == 1 }
  }
}

private func hasOneSolution(_ statements: [Formula]) -> Bool {
  ConstraintSearch.solutions(of: puzzle(letters, statements).constraints, limit: 2)?.count == 1
}

private let letters = ["A", "B", "C", "D", "E", "F"]

private func puzzle(_ names: [String], _ statements: [Formula]) -> KnightsPuzzle {
  KnightsPuzzle(
    people: Array(names.prefix(statements.count)),
    statements: statements.enumerated().map { ($0.offset, PropositionalFormula($0.element.node(names))) })
}

private func knightsKey(_ statements: [Formula]) -> String {
  statements.indices
    .map { letters[$0] + ":" + statements[$0].canonical.terse { letters[$0] } }.joined(separator: ";")
}

private func reference(_ names: [String], _ solution: [Bool]) -> JSONValue {
  .object([
    "kind": .string("assignment"),
    "solution": .object(
      Dictionary(uniqueKeysWithValues: zip(names, solution.map { .string($0 ? "knight" : "knave") }))),
  ])
}

private func answer(_ names: [String], _ solution: [Bool]) -> String {
  zip(names, solution).map { "\($0): \($1 ? "knight" : "knave")" }.joined(separator: ", ")
}

private func terseKnights(_ solution: [Bool], _ statements: [Formula]) -> Question {
  let names = Array(letters.prefix(solution.count))
  var trials: [String] = []
  for assignment in assignments(solution.count) {
    let said = statements.map { bit($0.value(assignment)) }.joined()
    trials.append(assignment.map(bit).joined() + ">" + said)
    if assignment == solution { break }
  }
  return Question(
    key: knightsKey(statements),
    prompt: statements.indices
      .map { names[$0] + ":" + statements[$0].terse { names[$0] } }.joined(separator: ";"),
    reference: reference(names, solution), puzzle: puzzle(names, statements).json,
    solution: worked(trials, answer: answer(names, solution), style: .terse))
}

private func plainKnights(
  _ solution: [Bool], _ statements: [Formula], _ random: inout CounterRandom
) -> Question {
  let all = ["Ada", "Ben", "Cora", "Dan", "Eve", "Finn", "Gwen", "Hugo"]
  let names = random.permutation(of: all.count).prefix(solution.count).map { all[$0] }
  let kind = { (knight: Bool) in knight ? "a knight" : "a knave" }
  let phrase = { (statement: Formula) in
    statement.plain { "\(names[$0]) is \(kind($1))" }
  }
  let sayings = statements.indices.map { "\(names[$0]) says: “\(phrase(statements[$0]).capitalizedFirst).”" }
  var thoughts: [String] = []
  for assignment in assignments(solution.count) {
    let suppose = enumeration(zip(names, assignment).map { "\($0) is \(kind($1))" })
    let liar = assignment.indices.first { statements[$0].value(assignment) != assignment[$0] }
    guard let liar else {
      thoughts.append("Suppose \(suppose): then every statement fits its speaker.")
      break
    }
    let truth = statements[liar].value(assignment)
    thoughts.append(
      "Suppose \(suppose): then what \(names[liar]) says is \(truth), and \(kind(assignment[liar])) "
        + "would not say it.")
  }
  return Question(
    key: knightsKey(statements),
    prompt: "Knights always tell the truth and knaves always lie. \(sayings.joined(separator: " ")) "
      + "Who is a knight and who is a knave?",
    reference: reference(names, solution), puzzle: puzzle(names, statements).json,
    solution: worked(thoughts, answer: answer(names, solution), style: .plain))
}
