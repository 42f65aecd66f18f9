import Foundation
import Testing
import VerifierKit

@testable import Puzzles

@Test(
  "formulas: reading and values",
  arguments: [
    ("p & q | r", "p=1,q=1,r=0", true), ("p | q & r", "p=0,q=1,r=0", false),
    ("p -> q -> r", "p=1,q=1,r=0", false), ("p -> q -> r", "p=0,q=1,r=0", true),
    ("(p -> q) -> r", "p=0,q=1,r=0", false), ("¬(p ∧ q) ↔ (¬p ∨ ¬q)", "p=1,q=0", true),
    ("not p and q", "p=0,q=1", true), ("p ^ q", "p=1,q=1", false), ("p <=> q", "p=0,q=0", true),
    ("p && !q || r", "p=1,q=0,r=0", true),
  ])
func formulaValue(text: String, values: String, expected: Bool) throws {
  let formula = try #require(PropositionalFormula(text))
  let pairs = values.split(separator: ",").map { (String($0.prefix(1)), $0.hasSuffix("1")) }
  #expect(formula.value(Dictionary(uniqueKeysWithValues: pairs)) == expected)
  #expect(PropositionalFormula(formula.root.text) == formula)
}

@Test(
  "text that is no formula",
  arguments: [
    "", "p &", "(p", "p q", "& p", "p # q", "1", (0..<17).map { "v\($0)" }.joined(separator: "&"),
  ])
func noFormula(text: String) { #expect(PropositionalFormula(text) == nil) }

@Test("brackets, negations and arrows without end are no formula")
func deepFormula() {
  for piece in ["(", "~", "p->"] {
    #expect(PropositionalFormula(String(repeating: piece, count: 4000 / piece.utf8.count)) == nil)
    #expect(PropositionalFormula(String(repeating: piece, count: 1300) + "p") == nil)
  }
}

@Test("what follows, what can be, what must be")
func consequences() throws {
  func formula(_ text: String) throws -> PropositionalFormula { try #require(PropositionalFormula(text)) }
  #expect(try formula("q").follows(from: [formula("p -> q"), formula("p")]))
  #expect(try !formula("p").follows(from: [formula("p -> q"), formula("q")]))
  #expect(try formula("p & ~p").isSatisfiable == false)
  #expect(try formula("p | ~p").isTautology)
}

private let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appending(path: "Golden/puzzles.jsonl")

@Test("the solver finds the solutions that brute force in Python does, and isSolution knows them")
func solver() throws {
  let lines = try String(contentsOf: golden, encoding: .utf8).split(separator: "\n")
  #expect(lines.count == 240)
  for line in lines {
    let row = try JSONValue(parsing: line)
    let puzzle = try #require(row["puzzle"])
    let count = try #require(row["count"]?.integer)
    let wanted = try #require(row["solutions"]?.array).compactMap(\.integers)
    let problem: ConstraintProblem
    switch puzzle["kind"]?.string {
    case "knights":
      let knights = try #require(KnightsPuzzle(puzzle))
      problem = knights.constraints
      #expect(try #require(KnightsPuzzle(knights.json)).json == knights.json)
    case "zebra":
      let zebra = try #require(ZebraPuzzle(puzzle))
      problem = zebra.constraints
      #expect(try #require(ZebraPuzzle(zebra.json)).json == zebra.json)
    default: problem = try clauses(puzzle)
    }
    let found = try #require(ConstraintSearch.solutions(of: problem, limit: count + 1))
    #expect(found.count == count, "\(line.prefix(200))")
    #expect(Set(found).isSuperset(of: wanted) && Set(found).count == found.count)
    #expect(found.allSatisfy(problem.isSolution))
    // Another value for one variable is a solution only if it is found as well.
    for solution in found.prefix(5) {
      for variable in solution.indices {
        var other = solution
        other[variable] = other[variable] == 0 ? 1 : 0
        #expect(problem.isSolution(other) == found.contains(other))
      }
    }
  }
}

private func clauses(_ puzzle: JSONValue) throws -> ConstraintProblem {
  var names: [String] = []
  let clauses = try #require(puzzle["clauses"]?.array).map { clause in
    try #require(clause.strings).map { literal -> (variable: Int, value: Int) in
      let name = literal.hasPrefix("~") ? String(literal.dropFirst()) : literal
      if !names.contains(name) { names.append(name) }
      return (names.firstIndex(of: name) ?? 0, literal.hasPrefix("~") ? 0 : 1)
    }
  }
  var problem = ConstraintProblem(variables: names.count, values: 2)
  for clause in clauses { problem.require(.anyOf(clause)) }
  return problem
}

@Test("a search that runs out of its budget says so")
func budget() {
  // Eight pigeons, seven holes, without the constraint that counts them.
  var problem = ConstraintProblem(variables: 9, values: 8)
  for a in 0..<9 {
    for b in a + 1..<9 { problem.require(a, b, values: 8) { $0 != $1 } }
  }
  #expect(ConstraintSearch.solutions(of: problem, limit: 1, budget: 1000) == nil)
  #expect(ConstraintSearch.solutions(of: problem, limit: 1, budget: 10_000_000) == [])
  var counted = ConstraintProblem(variables: 9, values: 8)
  counted.require(.allDifferent(Array(0..<9)))
  #expect(ConstraintSearch.solutions(of: counted, limit: 1, budget: 0) == [])
}

@Test(
  "puzzles that are none",
  arguments: [
    #"{"people":["Ada"],"statements":[["Ben","Ada"]]}"#, #"{"people":["Ada"],"statements":[["Ada","Ben"]]}"#,
    #"{"people":["Ada","ada"],"statements":[["Ada","Ada"]]}"#, #"{"people":[],"statements":[]}"#,
    #"{"categories":[["name",["Ada","Ben"]],["pet",["cat"]]],"clues":[]}"#,
    #"{"categories":[["name",["Ada","Ben"]]],"clues":[["near","Ada","Ben"]]}"#,
    #"{"categories":[["name",["Ada","Ben"]]],"clues":[["house","Ada",3]]}"#,
    #"{"categories":[["name",["Ada","Ben"]],["friend",["Ada","Cora"]]],"clues":[["house","Ada",1]]}"#,
    #"{"categories":[["name",["Ada","Ben"]]],"clues":[],"question":["pet",1]}"#,
  ])
func noPuzzle(text: String) throws {
  let json = try JSONValue(parsing: text)
  #expect(KnightsPuzzle(json) == nil && ZebraPuzzle(json) == nil)
}
