import Host
import Testing
import VerifierKit
import Verifiers

/// A problem for each built-in verifier that pays for an answer or its form.
private let problems: [(verifier: String, reference: String, puzzle: String?)] = [
  ("math-answer", #""42""#, nil), ("math-answer", #""x^2+1""#, nil), ("math-answer", #""3, 1""#, nil),
  ("exact-match", #""red fox""#, nil), ("choice", #""B""#, nil), ("think-format", #""42""#, nil),
  ("reasoning-steps", #""42""#, nil), ("countdown", #"{"numbers":[3,7,8],"target":45}"#, nil),
  ("logic-puzzle", #"{"kind":"truth","answer":true}"#, nil),
  ("logic-puzzle", #"{"kind":"truths","answer":[true,false]}"#, nil),
  ("logic-puzzle", "null", #"{"kind":"knights","people":["A","B"],"statements":[["A","~B"],["B","B"]]}"#),
  ("logic-puzzle", "null", #"{"kind":"conclusion","premises":["p -> q","p & r"]}"#),
  ("logic-puzzle", "null", #"{"kind":"satisfiability","clauses":[["p","q"]]}"#),
  (
    "logic-puzzle", "null",
    #"{"kind":"zebra","categories":[["name",["Ada","Ben"]]],"clues":[["house","Ada",1]]}"#
  ),
  ("logic-puzzle", "null", #"{"kind":"coloring","vertices":[0,1],"edges":[[0,1]],"colors":[1,2]}"#),
]

@Test(
  "the gate's completions earn nothing from any built-in verifier", arguments: problems.indices)
func gate(index: Int) async throws {
  let (name, reference, puzzle) = problems[index]
  var problem = Problem(
    id: "p", domain: "any", prompt: .text("What is 6 times 7, and why?"),
    reference: try JSONValue(parsing: reference))
  if let puzzle { problem.metadata["puzzle"] = try JSONValue(parsing: puzzle) }
  let verifier = try makeVerifier(name)
  for attack in Adversary.completions(for: problem) {
    let verdict = try await verifier.verify(Completion(text: attack.text), of: problem)
    #expect(verdict.score == 0, "\(attack.name): \(verdict)")
  }
}

@Test(
  "think-format: the gate's completions, whatever the shape and the partial credit",
  arguments: [
    "<think> text", "<think> Answer:", "<think> <answer>", "<think> \\boxed", "<think> code",
  ])
func gateOfShapes(shape: String) async throws {
  let problem = Problem(id: "p", domain: "any", prompt: .text("What is 6 times 7?"), reference: .string("42"))
  for partial in [false, true] {
    let verifier = try makeVerifier(
      "think-format", options: ["shape": .string(shape), "partial_credit": .bool(partial)])
    for attack in Adversary.completions(for: problem) {
      let verdict = try await verifier.verify(Completion(text: attack.text), of: problem)
      // A part that is there may pay its share; the whole shape is never there.
      #expect(
        verdict.status == .rejected && (partial ? verdict.score <= 0.5 : verdict.score == 0),
        "\(attack.name): \(verdict)")
    }
  }
}
