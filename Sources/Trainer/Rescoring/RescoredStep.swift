public import VerifierKit

/// What other verifiers say of one step's samples, beside what was said.
public struct RescoredStep: Sendable {
  public var stage: String
  public var step: Int
  public var purpose: RolloutPurpose
  public var samples = 0
  /// By verifier, of samples that it judged before and now.
  public var verifiers: [String: Changes] = [:]
  /// Verifiers that judge only now, and that judged only before.
  public var added: Set<String> = []
  public var dropped: Set<String> = []
  /// Mean over samples with a reward; nil without one.
  public var rewardBefore: Double?
  public var rewardAfter: Double?
  /// Samples whose reward differs, faults included.
  public var rewardsChanged = 0
  /// Samples without a reward, for a judge failed: before, and now.
  public var faultsBefore = 0
  public var faultsAfter = 0
  /// Of these: those that had one before.
  public var rewardsLost = 0
  /// Samples with an advantage before and now; nil where the trainer computes none.
  public var advantages: Int?
  /// Of these: positive before and negative now or the other way round.
  public var signChanges = 0
  /// Of these: zero before or now, and not zero the other time.
  public var zeroChanges = 0
  /// A few samples whose verdict changed.
  public var examples: [Example] = []

  public struct Changes: Sendable, Hashable {
    public var compared = 0
    /// From status to status, those that differ: `accepted→rejected`.
    public var statuses: [String: Int] = [:]
    /// Same status, another score.
    public var scores = 0

    public var changed: Int { statuses.values.reduce(0, +) }

    public static func + (a: Changes, b: Changes) -> Changes {
      Changes(
        compared: a.compared + b.compared, statuses: a.statuses.merging(b.statuses, uniquingKeysWith: +),
        scores: a.scores + b.scores)
    }
  }

  public struct Example: Sendable, Hashable {
    public var rollout: Int64
    public var problem: String
    public var verifier: String
    /// `accepted (equal)`.
    public var before: String
    public var after: String
  }

  init(stage: String, step: Int, purpose: RolloutPurpose) {
    (self.stage, self.step, self.purpose) = (stage, step, purpose)
  }

  /// Samples with at least one changed verdict need not be counted: verdicts are.
  mutating func compare(
    _ rollout: StoredRollout, with outcomes: [String: Reward.Outcome], examples most: Int
  ) {
    samples += 1
    let before = Dictionary(
      rollout.verdicts.map { ($0.verifier, $0) }, uniquingKeysWith: { first, _ in first })
    dropped.formUnion(before.keys.filter { outcomes[$0] == nil })
    for (name, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
      guard let old = before[name] else {
        added.insert(name)
        continue
      }
      let now = Self.words(outcome)
      verifiers[name, default: Changes()].compared += 1
      if old.status != now.status {
        verifiers[name]?.statuses["\(old.status)→\(now.status)", default: 0] += 1
        if examples.count < most {
          examples.append(
            Example(
              rollout: rollout.id, problem: rollout.problem, verifier: name,
              before: "\(old.status) (\(old.reason))", after: "\(now.status) (\(now.reason))"))
        }
      } else if let score = now.score, score != old.score {
        verifiers[name]?.scores += 1
      }
    }
  }

  mutating func compare(
    _ before: [(group: Int, reward: Double?, advantage: Double?)], _ rewards: [Double?],
    advantages: [Double?]?
  ) {
    rewardBefore = Self.mean(before.compactMap(\.reward))
    rewardAfter = Self.mean(rewards.compactMap(\.self))
    for (old, new) in zip(before, rewards) {
      // The sum of a group's weights is scaled; equal scores may differ in the last place.
      switch (old.reward, new) {
      case (let a?, let b?): if abs(a - b) > 1e-9 { rewardsChanged += 1 }
      case (nil, nil): break
      case (nil, _?): rewardsChanged += 1
      case (_?, nil):
        rewardsChanged += 1
        rewardsLost += 1
      }
      faultsBefore += old.reward == nil ? 1 : 0
      faultsAfter += new == nil ? 1 : 0
    }
    guard let advantages else { return }
    var both = 0
    for (old, new) in zip(before, advantages) {
      guard let a = old.advantage, let b = new else { continue }
      both += 1
      if a * b < 0 { signChanges += 1 }
      if (a == 0) != (b == 0) { zeroChanges += 1 }
    }
    self.advantages = both
  }

  private static func words(_ outcome: Reward.Outcome) -> (status: String, score: Double?, reason: String) {
    switch outcome {
    case .verdict(let verdict, _): (verdict.status.rawValue, verdict.score, verdict.reason)
    case .fault(let fault): ("fault", nil, fault.reason)
    }
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

extension RescoredStep {
  public var json: JSONValue {
    var fields: [String: JSONValue] = [
      "stage": .string(stage), "step": .integer(step), "purpose": .string(purpose.rawValue),
      "samples": .integer(samples), "rewards_changed": .integer(rewardsChanged),
      "reward_before": rewardBefore.map(JSONValue.number) ?? .null,
      "reward_after": rewardAfter.map(JSONValue.number) ?? .null,
      "faults_before": .integer(faultsBefore), "faults_after": .integer(faultsAfter),
      "rewards_lost": .integer(rewardsLost),
      "verifiers": .object(verifiers.mapValues(\.json)),
      "added": .array(added.sorted().map(JSONValue.string)),
      "dropped": .array(dropped.sorted().map(JSONValue.string)),
      "examples": .array(
        examples.map {
          .object([
            "rollout": .integer(Int($0.rollout)), "problem": .string($0.problem),
            "verifier": .string($0.verifier), "before": .string($0.before), "after": .string($0.after),
          ])
        }),
    ]
    if let advantages {
      fields["advantages"] = .integer(advantages)
      fields["sign_changes"] = .integer(signChanges)
      fields["zero_changes"] = .integer(zeroChanges)
    }
    return .object(fields)
  }
}

extension RescoredStep.Changes {
  public var json: JSONValue {
    .object([
      "compared": .integer(compared), "changed": .integer(changed), "scores_changed": .integer(scores),
      "statuses": .object(statuses.mapValues(JSONValue.integer)),
    ])
  }
}
