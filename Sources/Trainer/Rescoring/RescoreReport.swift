import Foundation
public import VerifierKit

/// What a rescoring found, as tables and as JSON.
public struct RescoreReport: Sendable {
  private let steps: [RescoredStep]

  public init(_ steps: [RescoredStep]) { self.steps = steps }

  /// Samples that had a reward before and have none now.
  public var newFaults: Int { steps.reduce(0) { $0 + $1.rewardsLost } }

  private var verifiers: [String: RescoredStep.Changes] {
    steps.reduce(into: [:]) { $0.merge($1.verifiers, uniquingKeysWith: +) }
  }

  public var text: String {
    guard !steps.isEmpty else { return "No stored sample is of this kind.\n" }
    var table = TextTable(header: [
      "stage", "step", "samples", "verdicts changed", "reward", "now", "advantages", "signs changed",
      "zeros changed",
      "faults", "now",
    ])
    for step in steps { table.rows.append(row(step)) }
    if steps.count > 1 { table.rows.append(total) }
    var parts = [table.text, byVerifier]
    let notes = [
      note("judge only now", steps.reduce(into: Set()) { $0.formUnion($1.added) }),
      note("no longer judge", steps.reduce(into: Set()) { $0.formUnion($1.dropped) }),
    ].compactMap(\.self)
    parts += notes
    if let examples { parts.append(examples) }
    return parts.joined(separator: "\n")
  }

  private func row(_ step: RescoredStep) -> [String] {
    let changed = step.verifiers.values.reduce(0) { $0 + $1.changed }
    let isTrained = step.advantages != nil
    return [
      step.stage, "\(step.step)", "\(step.samples)", "\(changed)", number(step.rewardBefore),
      number(step.rewardAfter), step.advantages.map(String.init) ?? "–",
      isTrained ? "\(step.signChanges)" : "–",
      isTrained ? "\(step.zeroChanges)" : "–", "\(step.faultsBefore)", "\(step.faultsAfter)",
    ]
  }

  private var total: [String] {
    let sum = { (value: (RescoredStep) -> Int) in String(steps.reduce(0) { $0 + value($1) }) }
    return [
      "all", "", sum(\.samples), sum { $0.verifiers.values.reduce(0) { $0 + $1.changed } },
      number(mean(\.rewardBefore, rewarded: { $0.samples - $0.faultsBefore })),
      number(mean(\.rewardAfter, rewarded: { $0.samples - $0.faultsAfter })), sum { $0.advantages ?? 0 },
      sum(\.signChanges), sum(\.zeroChanges), sum(\.faultsBefore), sum(\.faultsAfter),
    ]
  }

  /// Over all samples that have a reward.
  private func mean(_ value: (RescoredStep) -> Double?, rewarded: (RescoredStep) -> Int) -> Double? {
    let count = steps.reduce(0) { $0 + rewarded($1) }
    guard count > 0 else { return nil }
    return steps.reduce(0) { $0 + (value($1) ?? 0) * Double(rewarded($1)) } / Double(count)
  }

  private var byVerifier: String {
    var table = TextTable(header: ["verifier", "compared", "verdicts changed", "scores alone", "from → to"])
    for (name, changes) in verifiers.sorted(by: { $0.key < $1.key }) {
      let kinds = changes.statuses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key) \($0.value)" }
      table.rows.append([
        name, "\(changes.compared)", "\(changes.changed)", "\(changes.scores)", kinds.joined(separator: ", "),
      ])
    }
    return table.text
  }

  private var examples: String? {
    let lines = steps.flatMap { step in
      step.examples.map {
        "  step \(step.step)  rollout \($0.rollout)  \($0.problem)  \($0.verifier): \($0.before) → \($0.after)\n"
      }
    }
    guard !lines.isEmpty else { return nil }
    let most = 20
    let rest = lines.count > most ? "  and \(lines.count - most) more: --json has them all\n" : ""
    return "For instance:\n" + lines.prefix(most).joined() + rest
  }

  private func note(_ what: String, _ names: Set<String>) -> String? {
    names.isEmpty ? nil : "These \(what): \(names.sorted().joined(separator: ", ")).\n"
  }

  private func number(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }

  public func json(run: String, recipe: String) -> JSONValue {
    .object([
      "run": .string(run), "recipe": .string(recipe), "steps": .array(steps.map(\.json)),
      "verifiers": .object(verifiers.mapValues(\.json)),
      "sign_changes": .integer(steps.reduce(0) { $0 + $1.signChanges }),
      "advantages": .integer(steps.reduce(0) { $0 + ($1.advantages ?? 0) }),
    ])
  }
}
