import Puzzles
import VerifierKit

/// `{"kind": "assignment", "solution": {"A": "knight", "B": "knave"}}`: who is what, where only this is right.
struct RoleAssignment: AnswerPuzzle {
  private let solution: [String: String]
  private let reader: RoleReader

  init?(_ json: JSONValue) {
    guard let object = json["solution"]?.object, !object.isEmpty else { return nil }
    let roles = object.compactMapValues(\.string)
    guard roles.count == object.count else { return nil }
    solution = roles
    reader = RoleReader(names: Array(roles.keys), roles: Array(roles.values) + ["knight", "knave"])
  }

  func judge(_ answer: String) -> Verdict {
    switch reader.read(answer) {
    case .failure(let reason): return .rejected(reason.word, ["extracted": answer.shortened(to: 500)])
    case .success(let given):
      let details = ["extracted": RoleReader.text(given)]
      return given == solution ? .accepted("equal", details) : .rejected("wrong-answer", details)
    }
  }
}

/// Who is a knight and who a knave, checked against what they say.
struct KnightsAnswer: AnswerPuzzle {
  private let puzzle: KnightsPuzzle

  init(_ puzzle: KnightsPuzzle) { self.puzzle = puzzle }

  init?(_ json: JSONValue) {
    guard let puzzle = KnightsPuzzle(json) else { return nil }
    self.puzzle = puzzle
  }

  func judge(_ answer: String) -> Verdict {
    // Other names of the roles are not taken: a row that says “sage” and “fool” is answered so.
    switch RoleReader(names: puzzle.people, roles: puzzle.roles).read(answer) {
    case .failure(let reason): return .rejected(reason.word, ["extracted": answer.shortened(to: 500)])
    case .success(let given):
      let details = ["extracted": RoleReader.text(given)]
      let values = puzzle.people.map { given[$0] == puzzle.roles[0] ? 1 : 0 }
      return puzzle.constraints.isSolution(values)
        ? .accepted("consistent", details) : .rejected("wrong-answer", details)
    }
  }
}

/// Finds `B is a knave and A is a knight` and `A: knight, B: knave` in an answer.
struct RoleReader {
  struct Reason: Error {
    let word: String
  }

  private let names: [String: String]
  private let roles: [String: String]

  /// - Parameter roles: the first two may be said as 1 and 0 where they are knight and knave.
  init(names: [String], roles: [String]) {
    self.names = Dictionary(names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    var known: [String: String] = [:]
    for role in roles where known[role.lowercased()] == nil { known[role.lowercased()] = role }
    if let knight = known["knight"], let knave = known["knave"] { (known["1"], known["0"]) = (knight, knave) }
    self.roles = known
  }

  func read(_ answer: String) -> Result<[String: String], Reason> {
    // A sign may turn a role round.
    if answer.contains(where: { "¬≠~!?✗".contains($0) }) { return .failure(Reason(word: "several-answers")) }
    var given: [String: String] = [:]
    var open: [String] = []
    for word in PuzzleWords.of(answer).map({ $0.lowercased() }) {
      let singular = word.hasSuffix("s") ? String(word.dropLast()) : word
      if let name = names[word], !(word == "a" && !open.isEmpty) {
        open.append(name)
      } else if let role = roles[word] ?? roles[singular] {
        // A second role for the same name, or a role for nobody: candidates, not an answer.
        if open.isEmpty { return .failure(Reason(word: "several-answers")) }
        for name in open where given.updateValue(role, forKey: name) != nil {
          return .failure(Reason(word: "several-answers"))
        }
        open = []
      } else if PuzzleWords.hedges.contains(word) {
        return .failure(Reason(word: "several-answers"))
      } else if !Self.fillers.contains(word) {
        // It may turn the rest round: “it is false that ...”.
        return .failure(Reason(word: "no-answer"))
      }
    }
    guard given.count == names.count, open.isEmpty else { return .failure(Reason(word: "no-answer")) }
    return .success(given)
  }

  /// Words that may stand between names and roles.
  private static let fillers: Set<String> = [
    "a", "an", "the", "is", "are", "and", "both", "all", "so", "thus", "hence", "therefore", "while", "but",
    "also",
    "must", "be", "person", "inhabitant", "who", "we", "have", "conclude", "that", "answer", "final", "s",
    "re",
  ]

  static func text(_ given: [String: String]) -> String {
    given.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }
}
