import Testing
import VerifierKit

@testable import Verifiers

private func judge(_ puzzle: String, _ completion: String, verifier: String = "logic-puzzle") async throws
  -> Verdict
{
  let problem = Problem(
    id: "p", domain: "logic", prompt: .text(""), metadata: ["puzzle": try JSONValue(parsing: puzzle)])
  return try await makeVerifier(verifier).verify(Completion(text: completion), of: problem)
}

/// Two answers fit: both are knights, or Ada is a knave. Either is right.
private let knights =
  #"{"kind":"knights","people":["Ada","Ben"],"statements":[["Ada","Ada <-> Ben"],["Ben","Ben"]]}"#
private let sages =
  #"{"kind":"knights","people":["Ada","Ben"],"roles":["sage","fool"],"statements":[["Ada","~Ben"],["Ben","~Ada & ~Ben"]]}"#

@Test(
  "knights: what is said has to fit",
  arguments: [
    (knights, "Answer: Ada is a knight and Ben is a knight", "consistent"),
    (knights, "Answer: Ada: knave, Ben: knight", "consistent"),
    (knights, "Answer: Ada: knight, Ben: knave", "wrong-answer"),
    (knights, "Answer: both Ada and Ben are knights", "consistent"),
    (sages, "Answer: Ada is a sage, and Ben is a fool.", "consistent"),
    (sages, "so we have \\boxed{\\text{Ada is a sage and Ben is a fool}}", "consistent"),
    (sages, "Answer: Ada is a knight, and Ben is a knave.", "no-answer"),
    (sages, "Answer: It is false that Ada is a sage and Ben is a fool.", "no-answer"),
    (sages, "Answer: Ada is a sage.", "no-answer"),
    (sages, "Answer: Ada is a sage, Ben is a fool, Ada is a fool", "several-answers"),
    (sages, "Answer: Ada is not a fool, Ben is a fool", "several-answers"),
  ])
func knightsPuzzle(puzzle: String, completion: String, reason: String) async throws {
  #expect(try await judge(puzzle, completion).reason == reason)
}

private let clauses = #"{"kind":"satisfiability","clauses":[["p","q"],["~p","r"]]}"#
private let contradiction = #"{"kind":"satisfiability","clauses":[["p"],["~p","q"],["~q"]]}"#
private let premises = #"{"kind":"conclusion","premises":["p -> q","p & r"]}"#
private let atOdds = #"{"kind":"conclusion","premises":["p","~p","q -> r","q"]}"#

@Test(
  "formulas: models, entailment, conclusions",
  arguments: [
    (clauses, "Answer: p = 1, q = 0, r = 1", "satisfies"),
    (clauses, "Answer: p is false, q is true, r is false", "satisfies"),
    (clauses, "Answer: p = 1, q = 0, r = 0", "wrong-answer"), (clauses, "Answer: p = 1, r = 1", "no-answer"),
    (clauses, "Answer: p = 1, p = 0, q = 1, r = 1", "several-answers"),
    (clauses, "Answer: unsatisfiable", "wrong-answer"),
    (contradiction, "Answer: unsatisfiable", "unsatisfiable"),
    (contradiction, "Answer: it is not unsatisfiable", "several-answers"),
    (contradiction, "Answer: p = 1, q = 1, unsatisfiable", "several-answers"),
    (contradiction, "Answer: p = 1, q = 1", "wrong-answer"),
    (#"{"kind":"entailment","premises":["p -> q","p"],"conclusion":"q"}"#, "Answer: yes", "equal"),
    (#"{"kind":"entailment","premises":["p -> q","q"],"conclusion":"p"}"#, "Answer: yes", "wrong-answer"),
    (#"{"kind":"entailment","premises":["p -> q","q"],"conclusion":"p"}"#, "Answer: yes or no", "no-answer"),
    (premises, "Answer: q", "follows"), (premises, "Answer: $q \\land p$.", "follows"),
    (premises, "Answer: p", "follows"),
    (premises, "Answer: ¬q", "wrong-answer"), (premises, "Answer: p -> q", "premise-again"),
    (premises, "Answer: ~p | q", "premise-again"), (premises, "Answer: (p -> q) & (p & r)", "premise-again"),
    (premises, "Answer: p & r", "premise-again"), (premises, "Answer: r & p & (p -> q)", "premise-again"),
    (premises, "Answer: (p & r) | q", "premise-again"), (premises, "Answer: q | ~q", "says-nothing"),
    (premises, "Answer: q | s", "other-variables"), (premises, "Answer: q follows", "no-answer"),
    (atOdds, "Answer: r", "follows"), (atOdds, "Answer: ~q", "wrong-answer"),
    (atOdds, "Answer: ~r & p", "wrong-answer"),
  ])
func formulas(puzzle: String, completion: String, reason: String) async throws {
  #expect(try await judge(puzzle, completion).reason == reason)
}

private let houses =
  #"{"kind":"zebra","categories":[["name",["Ada","Ben","Cora"]],["pet",["cat","dog","grey fox"]]],"clues":[["same","Ada","dog"],["directly-left","Ada","cat"],["house","grey fox",1]]"#
private let zebra = houses + "}"

@Test(
  "zebra: the table, or what is asked of it",
  arguments: [
    (zebra, "Answer:\nHouse 1: Ben, grey fox\nHouse 2: Ada, dog\nHouse 3: Cora, cat", "consistent"),
    (zebra, "Answer:\nHouse 1: Cora, grey fox\nHouse 2: Ada, dog\nHouse 3: Ben, cat", "consistent"),
    (zebra, "Answer:\n3. Cora and the cat\n2. Ada and the dog\n1. Ben and the grey fox", "consistent"),
    (zebra, "Ben, grey fox\nAda, dog\nCora, cat", "consistent"),
    (
      zebra,
      #"Answer: {"1": {"name": "Ben", "pet": "grey fox"}, "2": {"name": "Ada", "pet": "dog"}, "3": {"name": "Cora", "pet": "cat"}}"#,
      "consistent"
    ),
    (zebra, "Answer:\nHouse 1: Ben, dog\nHouse 2: Ada, grey fox\nHouse 3: Cora, cat", "wrong-answer"),
    (zebra, "Answer:\nHouse 1: Ben, grey fox\nHouse 2: Ada, dog", "no-answer"),
    (
      zebra, "Answer:\nHouse 1: Ben or Cora, grey fox\nHouse 2: Ada, dog\nHouse 3: Cora, cat",
      "several-answers"
    ),
    (zebra, "Answer:\nHouse 1: Ben, grey fox\nHouse 1: Ada, dog\nHouse 3: Cora, cat", "no-answer"),
    (zebra, "Answer:\nHouse 1: Ben, grey fox\nHouse 2: Ben, dog\nHouse 3: Cora, cat", "several-answers"),
    (
      #"{"kind":"zebra","categories":[["name",["Ada","Ben"]],["friend",["Ada","Ben"]]],"clues":[["different","name:Ada","friend:Ada"],["house","name:Ben",1]]}"#,
      #"{"House 1": {"Name": "Ben", "Friend": "Ada"}, "House 2": {"Name": "Ada", "Friend": "Ben"}}"#,
      "consistent"
    ),
    (
      #"{"kind":"zebra","categories":[["name",["Ada","Ben"]],["friend",["Ada","Ben"]]],"clues":[["different","name:Ada","friend:Ada"],["house","name:Ben",1]]}"#,
      "House 1: Ben, Ada\nHouse 2: Ada, Ben", "several-answers"
    ),
    (zebra, #"{"1": "Ben, grey fox", "2": "Ada, dog", "3": "Cora, cat", "4": "Dan"}"#, "no-answer"),
    (zebra, #"{"1": "Ben, grey fox", "2": "Ada, dog", "house": "Cora, cat"}"#, "no-answer"),
    (houses + #","question":["pet",3]}"#, "Answer: the cat", "equal"),
    (houses + #","question":["pet",1]}"#, "Answer: **Grey fox.**", "equal"),
    (houses + #","question":["pet",3]}"#, "Answer: dog", "wrong-answer"),
    (houses + #","question":["pet",3]}"#, "Answer: cat or dog", "several-answers"),
    (houses + #","question":["house","Ada"]}"#, "Answer: House 2", "equal"),
    (houses + #","question":["house","Ada"]}"#, "Answer: 3", "wrong-answer"),
  ])
func zebras(puzzle: String, completion: String, reason: String) async throws {
  // Who lives in house 1 is left open by the clues; a question about it would be the row's fault.
  let asked =
    puzzle.contains("question")
    ? puzzle.replacing(#""clues":["#, with: #""clues":[["house","Ben",1],"#) : puzzle
  #expect(try await judge(asked, completion).reason == reason)
}

@Test(
  "what is said around an answer, and signs, may take it back",
  arguments: [
    (knights, "Answer: Ada ≠ knave, Ben ≠ knave"),
    (knights, "Answer: ¬(Ada is a knight and Ben is a knight)"),
    (knights, "Answer: Ada: !knight, Ben: !knight"),
    (knights, "Answer: Ada: knave, Ben: knave\n**Answer:** Ada: knight, Ben: knight"),
    (clauses, "Answer: p ≠ 1, q ≠ 1, r ≠ 1"),
    (clauses, "Answer: p is anything but true, q is true, r is true"),
    (clauses, "Answer: p=1 q=1 r=1 is wrong"), (contradiction, "Answer: unsatisfiable or satisfiable"),
    (contradiction, "Answer: isn't unsatisfiable"), (contradiction, "Answer: never unsatisfiable"),
    (contradiction, "Answer: Is it unsatisfiable?"), (premises, "Answer: p -> (q | r)"),
    (premises, "Answer: ~p | q | r"),
    (premises, "Answer: (p & r) -> q"), (premises, "Answer: r -> (p->q)"),
    (premises, "Answer: (p->q) & (p | p)"),
    (#"{"kind":"entailment","premises":["p"],"conclusions":["p","~p"]}"#, "Answer: 1. no"),
    (#"{"kind":"truth","answer":true}"#, "Answer: ¬ true"),
    (#"{"kind":"truth","answer":true}"#, "Answer: no. Answer: yes"),
    (#"{"kind":"truth","answer":true}"#, "- Answer: no\n- Answer: yes"),
    (#"{"kind":"truth","answer":true}"#, "answer: no\nAnswer: yes"),
    (graph, #"Answer: not {"0":1,"1":2,"2":1}"#),
    (board, "Answer:\n_ Q _ _\n_ _ _ Q\nQ _ _ _\n_ _ Q _\nThis is invalid."),
    (sudoku, "Answer:\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1\nis wrong"),
    (zebra, "Answer:\nHouse 1: not Ben, not grey fox\nHouse 2: Ada, dog\nHouse 3: Cora, cat"),
    (houses + #","question":["pet",3]}"#, "Answer: either\ndog\ncat"),
    (houses + #","question":["pet",3]}"#, "Answer: dog\ncat"),
  ])
func takenBack(puzzle: String, completion: String) async throws {
  let verdict = try await judge(puzzle, completion)
  #expect(verdict.status == .rejected && verdict.score == 0, "\(verdict)")
}

@Test(
  "other ways to write the same",
  arguments: [
    (knights, "**Answer:** Ada is a knight and Ben is a knight"),
    (knights, "**Answer: Ada: knight, Ben: knight**"),
    (clauses, "Answer: p and r are true, q is false"), (contradiction, "Answer: It is not satisfiable."),
    (contradiction, "Answer: The set of clauses given above is unsatisfiable"),
    (sudoku, "Answer: [[1,2,3,4],[3,4,1,2],[2,1,4,3],[4,3,2,1]]"),
    (#"{"kind":"countdown","numbers":[3,7,8],"target":45}"#, "Answer: 3*(7+8) = 3*15 = 45"),
    (#"{"kind":"conclusion","premises":["p <-> q"]}"#, "Answer: p -> q"),
  ])
func otherWays(puzzle: String, completion: String) async throws {
  let verdict = try await judge(puzzle, completion)
  #expect(verdict.status == .accepted, "\(verdict)")
}

private let graph = #"{"kind":"coloring","vertices":[0,1,2],"edges":[[0,1],[1,2]],"colors":[1,2]}"#
private let board =
  #"{"kind":"queens","board":[["_","Q","_","_"],["_","_","_","_"],["_","_","_","_"],["_","_","_","_"]]}"#
private let sudoku = #"{"kind":"sudoku","grid":[[1,2,3,4],[3,4,0,0],[0,0,4,3],[0,0,0,0]],"box":[2,2]}"#
private let hanoi = #"{"kind":"hanoi","disks":2,"pegs":3,"from":1,"to":3,"shortest":3}"#
private let moves =
  "Move disk 1 from Peg 1 to Peg 2\nMove disk 2 from Peg 1 to Peg 3\nMove disk 1 from Peg 2 to Peg 3"

@Test(
  "boards, graphs, towers",
  arguments: [
    (graph, #"Answer: {"0": 1, "1": 2, "2": 1}"#, "consistent"),
    (graph, "Answer: 0: 2, 1: 1, 2: 2", "consistent"),
    (graph, "```json\n{\"0\": 1,\n \"1\": 2,\n \"2\": 1}\n```", "consistent"),
    (graph, #"Answer: {"0": 1, "1": 1, "2": 2}"#, "wrong-answer"),
    (graph, #"Answer: {"0": 1, "1": 2}"#, "no-answer"),
    (graph, #"Answer: {"0": 1, "1": 3, "2": 1}"#, "wrong-answer"),
    (graph, #"Answer: {"0": 2, "0": 1, "1": 2, "2": 1}"#, "several-answers"),
    (graph, #"Answer: {"0": 1, "1": 2, "2": 1, "9": 1}"#, "wrong-answer"),
    (graph, #"Answer: {"0": true, "1": 2, "2": 1}"#, "wrong-answer"),
    (graph, "Answer: [1, 2, 1, 0, 1, 2]", "no-answer"),
    (board, "Answer:\n_ Q _ _\n_ _ _ Q\nQ _ _ _\n_ _ Q _", "consistent"),
    (board, "The board is\n\n_Q__\n___Q\nQ___\n__Q_\n\nas asked.", "consistent"),
    (board, "Answer:\n_ _ Q _\nQ _ _ _\n_ _ _ Q\n_ Q _ _", "wrong-answer"),
    (board, "Answer:\n_ Q _ _\n_ _ _ Q\nQ _ _ _\n_ _ _ _", "wrong-answer"),
    (board, "Answer:\n_ Q _ _\n_ _ _ Q\nQ _ _ _", "no-answer"),
    (board, "Answer: valid_solutions[0]", "no-answer"),
    (sudoku, "Answer:\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1", "consistent"),
    (sudoku, "Answer: [[1,2,3,4],\n[3,4,1,2],\n[2,1,4,3],\n[4,3,2,1]]", "consistent"),
    (sudoku, "Answer:\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 1 2", "wrong-answer"),
    (sudoku, "Answer:\n4 3 2 1\n2 1 4 3\n3 4 1 2\n1 2 3 4", "wrong-answer"),
    (sudoku, "Answer:\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 5", "no-answer"),
    (hanoi, "Answer:\n" + moves, "solved"), (hanoi, "1. " + moves.replacing("\n", with: "\n2. "), "solved"),
    (hanoi, "Answer:\n" + moves.split(separator: "\n").dropLast().joined(separator: "\n"), "unfinished"),
    (hanoi, "Answer: Move disk 2 from Peg 1 to Peg 3", "wrong-answer"),
    (hanoi, "Answer: Move disk -1 from Peg 1 to Peg 3", "no-answer"),
    (hanoi, "Answer:\nMove disk 1 from Peg 1 to Peg 1\n" + moves, "wrong-answer"),
    (hanoi, "Answer: Move disk 1 from Peg 1 to Peg 9", "wrong-answer"),
    (hanoi, moves.replacing("Move", with: "Do not move"), "no-answer"),
    (hanoi, moves.replacing("Move", with: "DoNotMove"), "no-answer"),
  ])
func boards(puzzle: String, completion: String, reason: String) async throws {
  #expect(try await judge(puzzle, completion).reason == reason)
}

@Test("a longer way to the same tower scores less")
func longerWay() async throws {
  let longer =
    "Move disk 1 from Peg 1 to Peg 3\nMove disk 1 from Peg 3 to Peg 2\n"
    + moves.split(separator: "\n").dropFirst().joined(separator: "\n")
  let verdict = try await judge(hanoi, longer)
  #expect(verdict.status == .accepted && verdict.score == 0.75)
}

@Test(
  "puzzles that can't be judged by are the row's fault",
  arguments: [
    #"{"kind":"riddle"}"#, #"{"kind":"knights","people":["Ada"]}"#,
    #"{"kind":"valuation","formula":"p & ~p"}"#, #"{"kind":"satisfiability","clauses":[[]]}"#,
    #"{"kind":"conclusion","premises":["p &"]}"#, #"{"kind":"hanoi","disks":3,"pegs":2,"from":1,"to":2}"#,
    #"{"kind":"queens","board":[["_","Q"]]}"#, #"{"kind":"sudoku","grid":[[1]],"box":[1]}"#,
    #"{"kind":"coloring","vertices":[1],"edges":[[1,2]],"colors":[1]}"#,
    houses + #","question":["name",1]}"#,
    houses.replacing("grey fox\",1", with: "grey fox\",2") + #","question":["pet",3]}"#,
  ])
func unreadable(puzzle: String) async throws {
  await #expect(throws: VerifierFault.self) { try await judge(puzzle, "Answer: Ben") }
}

@Test(
  "countdown: the four operations over the given numbers, however they are written",
  arguments: [
    ("Answer: $3 \\times (7 + 8)$", "equal"), ("Answer: \\boxed{(7+8) \\cdot 3 = 45}", "equal"),
    ("Answer: 3(7+8)", "equal"), ("Answer: −3×(−7−8)", "equal"),
    ("Answer: \\frac{3 \\times (7+8)}{1}", "wrong-numbers"),
    ("Answer: 3*(7+8) = 46", "wrong-answer"), ("Answer: 3*(7+8) = 45 = 46", "wrong-answer"),
    ("Answer: 37+8", "wrong-numbers"), ("Answer: 3^(7-8)+45", "other-operations"),
    ("Answer: 3!*7.5", "other-operations"),
    ("Answer: 3 7/8", "other-operations"), ("Answer: 3*(7+8) # 3 7 8", "no-answer"),
    ("Answer: 0x2d + 3*7*8", "no-answer"),
    ("Answer: 45.0", "other-operations"), ("Answer: x + 3", "other-operations"),
    ("Answer: 3*(7+8) or 3*7*8", "no-answer"),
  ])
func countdownNotation(completion: String, reason: String) async throws {
  let problem = Problem(
    id: "p", domain: "logic", prompt: .text(""),
    metadata: ["numbers": .array([.integer(3), .integer(7), .integer(8)]), "target": .integer(45)])
  let options: [String: JSONValue] = ["second_opinion": .number(1)]
  let verdict = try await makeVerifier("countdown", options: options).verify(
    Completion(text: completion), of: problem)
  #expect(verdict.reason == reason)
  #expect(verdict.details["disagreement"] == nil, "\(verdict.details)")
}
