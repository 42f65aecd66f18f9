import VerifierKit

@_cdecl("assay_verifier_plugin")
public func plugin() -> UnsafeRawPointer { exportPlugin(ConciseAnswer.self) }

/// Accepts a completion that thinks first and then answers once, in one short line or one code block.
///
/// It says nothing of whether the answer is right: a small reward beside the one that does. It pays nothing
/// for an empty thought, a hedge ("1 or 2"), a list of candidates, or an answer given twice.
struct ConciseAnswer: PluginVerifier {
  static let description = PluginDescription(
    name: "concise-answer", version: "1.0.0",
    summary: "One short final answer after a thought; no hedging, no repetition.",
    licence: "Apache-2.0")

  /// Characters of an answer line; a code block may have ten times as many.
  private let longest: Int

  init(options: [String: JSONValue]) throws(VerifierFault) {
    for key in options.keys where key != "max_characters" {
      throw VerifierFault(
        reason: "bad-option", message: "There is no option “\(key)”. The only one is max_characters.")
    }
    let limit = options["max_characters"] ?? .integer(60)
    guard let limit = limit.integer, limit > 0 else {
      throw VerifierFault(
        reason: "bad-option", message: "max_characters is a whole number above 0.")
    }
    longest = limit
  }

  func verify(_ completion: Completion, of problem: Problem) -> Verdict {
    let parts = completion.text.split(separator: "</think>", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("<think>") else { return .rejected("no-thought") }
    let thought = parts[0].dropFirst("<think>".count)
    guard thought.contains(where: { $0.isLetter || $0.isNumber }) else {
      return .rejected("no-thought")
    }
    let answers = parts[1].split(separator: "Answer:", omittingEmptySubsequences: false)
    guard answers.count == 2 else { return .rejected(answers.count < 2 ? "no-answer" : "several-answers") }
    guard answers[0].allSatisfy(\.isWhitespace) else { return .rejected("text-before-answer") }
    let answer = answers[1].drop(while: \.isWhitespace)
    guard !answer.isEmpty else { return .rejected("no-answer") }
    if answer.hasPrefix("```") {
      let fences = answer.split(separator: "```", omittingEmptySubsequences: false).count - 1
      guard fences == 2 else { return .rejected(fences > 2 ? "several-answers" : "unfinished-code") }
      guard answer.count <= 10 * longest else { return .rejected("too-long") }
      return .accepted("concise")
    }
    let lines = answer.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
    guard lines.count == 1, let line = lines.first else { return .rejected("several-lines") }
    guard line.count <= longest else { return .rejected("too-long") }
    let words = line.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber })
    guard !words.isEmpty else { return .rejected("no-answer") }
    guard !words.contains(where: { ["or", "maybe", "perhaps"].contains($0) }) else {
      return .rejected("several-answers")
    }
    return .accepted("concise", ["characters": String(line.count)])
  }
}
