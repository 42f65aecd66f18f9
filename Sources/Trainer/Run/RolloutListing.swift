import Foundation
public import VerifierKit

/// Samples for a person at a terminal, and the same as JSON.
public struct RolloutListing: Sendable {
  /// Whether escape sequences colour what counts.
  private let isColoured: Bool

  public init(isColoured: Bool) { self.isColoured = isColoured }

  /// One sample: a line of facts, prompt, reference, completion, and a line a verdict.
  public func text(_ rollout: StoredRollout) -> String {
    var facts = [
      "#\(rollout.id)", "\(rollout.stage) step \(rollout.step)", rollout.domain, rollout.problem,
      "sample \(rollout.sample)",
      "\(rollout.tokens) tokens" + (rollout.finishReason == "length" ? ", cut off" : ""),
    ]
    if rollout.purpose != .training { facts.insert(rollout.purpose.rawValue, at: 2) }
    var lines = [styled(harmless(facts.joined(separator: " · ")), .bold)]
    let reward = rollout.reward.map { "reward \(number($0))" } ?? styled("no reward: a judge failed", .fault)
    lines.append(reward + (rollout.advantage.map { "  advantage " + signed($0) } ?? ""))
    lines += titled("prompt", rollout.prompt)
    if let reference = rollout.reference { lines += titled("reference", reference) }
    lines += titled("completion", rollout.completion)
    lines += rollout.verdicts.map(verdict)
    return lines.joined(separator: "\n") + "\n"
  }

  public static func json(_ rollout: StoredRollout) -> JSONValue {
    var fields: [String: JSONValue] = [
      "id": .integer(Int(rollout.id)), "stage": .string(rollout.stage), "step": .integer(rollout.step),
      "purpose": .string(rollout.purpose.rawValue), "group": .integer(rollout.group),
      "sample": .integer(rollout.sample), "domain": .string(rollout.domain),
      "problem": .string(rollout.problem), "prompt": .string(rollout.prompt),
      "completion": .string(rollout.completion), "tokens": .integer(rollout.tokens),
      "reward": rollout.reward.map(JSONValue.number) ?? .null,
      "advantage": rollout.advantage.map(JSONValue.number) ?? .null,
    ]
    if let task = rollout.task { fields["task"] = .string(task) }
    if let reason = rollout.finishReason { fields["finish_reason"] = .string(reason) }
    if let text = rollout.reference, let reference = try? JSONValue(parsing: text) {
      fields["reference"] = reference
    }
    let verdicts = rollout.verdicts.map { one -> (String, JSONValue) in
      var verdict: [String: JSONValue] = [
        "status": .string(one.status), "reason": .string(one.reason),
        "details": .object(one.details.mapValues(JSONValue.string)),
      ]
      if let score = one.score { verdict["score"] = .number(score) }
      if let micros = one.micros { verdict["micros"] = .integer(micros) }
      return (one.verifier, .object(verdict))
    }
    fields["verdicts"] = .object(Dictionary(verdicts, uniquingKeysWith: { first, _ in first }))
    return .object(fields)
  }

  private func verdict(_ one: StoredVerdict) -> String {
    let style: Style =
      switch one.status {
      case "accepted": .accepted
      case "rejected": .rejected
      case "fault": .fault
      default: .soft
      }
    let score = one.score.map { "  score " + number($0) } ?? ""
    let details = one.details.sorted { $0.key < $1.key }
      .map { "\(harmless($0.key)): \(harmless($0.value).replacing("\n", with: "⏎"))" }
    let head = "  \(styled(one.status, style))  \(one.verifier)  \(harmless(one.reason))\(score)"
    return ([head] + details.map { styled("      \($0)", .soft) }).joined(separator: "\n")
  }

  private func titled(_ title: String, _ text: String) -> [String] {
    [styled("  \(title)", .soft)]
      + harmless(text).split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
  }

  /// A completion is untrusted: its control characters would move the cursor or change the terminal's title.
  private func harmless(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0a, 0x09: result.unicodeScalars.append(scalar)
      case 0..<0x20, 0x7f..<0xa0: result += String(format: "\\x%02x", scalar.value)
      // Marks that turn the direction of what follows.
      case 0x202a...0x202e, 0x2066...0x2069: result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private enum Style: String {
    case bold = "1"
    case soft = "2"
    case accepted = "32"
    case rejected = "33"
    case fault = "35"
  }

  private func styled(_ text: String, _ style: Style) -> String {
    isColoured ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func number(_ value: Double) -> String {
    let text = String(format: "%.4f", value)
    guard let end = text.lastIndex(where: { $0 != "0" }) else { return text }
    return String(text[...end]).trimmingCharacters(in: CharacterSet(charactersIn: "."))
  }

  private func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + number(value) }
}
