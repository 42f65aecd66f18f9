import AssayNumerics
import Foundation
import Policy
import Testing
import VerifierKit

@testable import Trainer

/// Pays by the text alone; a fault for texts of some lengths when asked to.
private struct TextRewarder: Rewarder {
  var reward: @Sendable (Sample) -> Double?

  func outcomes(for sample: Sample) async -> [String: Reward.Outcome] {
    guard let reward = reward(sample) else {
      return ["text": .fault(VerifierFault(reason: "time-out", message: "The judge took too long."))]
    }
    let verdict = Verdict(status: reward >= 0.5 ? .accepted : .rejected, score: reward, reason: "text")
    return ["text": .verdict(verdict, micros: 1)]
  }

  func weigh(_ samples: [Sample], _ outcomes: [[String: Reward.Outcome]]) -> [Reward] {
    zip(samples, outcomes).map { Reward(value: reward($0), outcomes: $1) }
  }
}

private func hash(_ sample: Sample) -> UInt64 { CounterRandom.hash(sample.completion.text) }

/// A spark of hidden 16 on two tasks; `keys` go into its stage.
private func trainer(
  _ keys: String, reward: @escaping @Sendable (Sample) -> Double? = { Double(hash($0) % 2) }
) throws -> (trainer: GRPOTrainer, parameters: Parameters) {
  let recipe = try Recipe(
    yaml: """
      seed: 3
      policy: {spark: {hidden_size: 16, intermediate_size: 32, layers: 1, heads: 2, key_value_heads: 2}}
      tasks:
        - {generator: sums, style: terse}
        - {generator: formulas, style: terse, options: {depth: 1}}
      rewards: {math: [{verifier: text}], logic: [{verifier: text}]}
      sampling: {max_completion_tokens: 6}
      stages:
        - grpo: {problems_per_step: 4, group_size: 4, learning_rate: 3e-3, steps: 40, \(keys)}
      """)
  guard case .grpo(let stage) = recipe.stages[0] else { throw TrainingError(message: "no grpo") }
  let policy = try PolicySource(recipe)
  let sampler = Sampler(
    pool: DecoderPool(policy.parameters.config, threads: 1, slots: 8),
    renderer: PromptRenderer(tokenizer: policy.tokenizer, systemPrompt: nil),
    rewarder: TextRewarder(reward: reward), seed: 3)
  let mixture = TaskMixture(
    try recipe.generators(relativeTo: URL(filePath: "/")), weights: recipe.tasks.map(\.weight))
  let trainer = GRPOTrainer(
    recipe: stage, sampling: recipe.sampling, tokensPerBatch: 256, sampler: sampler, mixture: mixture,
    parameters: policy.parameters, stage: 0, firstProblem: 0, verifiers: ["math": "text", "logic": "text"])
  return (trainer, policy.parameters)
}

@Suite("GRPO's step") struct GRPOTrainerTests {
  @Test(
    "every loss trains, and its metrics are numbers",
    arguments: GRPOLossName.allCases.map(\.rawValue))
  func losses(loss: String) async throws {
    let (trainer, parameters) = try trainer("loss: \(loss), num_iterations: 2, minibatches: 2")
    let before = parameters.buffer.values
    let (values, rollouts) = try await trainer.step(0)
    #expect(rollouts.count == 16 && values.values.allSatisfy(\.isFinite))
    #expect(parameters.buffer.values != before && parameters.buffer.values.allSatisfy(\.isFinite))
    #expect(values[loss == "cispo" ? "cispo_clip_ratio" : "clip_ratio/high_mean"] != nil)
  }

  @Test(
    "every loss learns to write digits, two updates a rollout; advantages that are shuffled teach nothing",
    arguments: GRPOLossName.allCases.map { "loss: \($0.rawValue)" }
      + [
        "loss: grpo, shuffle_advantages: true",
        "loss: grpo, advantage_estimator: rloo, use_kl_in_reward: true",
      ])
  func learns(keys: String) async throws {
    let (one, _) = try trainer(
      keys + ", num_iterations: 2, minibatches: 2, max_grad_norm: 0.5, clip_epsilon_high: 0.2"
    ) { sample in
      let text = sample.completion.text
      return text.isEmpty ? 0 : Double(text.count(where: \.isNumber)) / Double(text.count)
    }
    var rewards: [Double] = []
    for step in 0..<40 { rewards.append(try await one.step(step).values["reward"] ?? 0) }
    let gain = (rewards.suffix(10).reduce(0, +) - rewards.prefix(5).reduce(0, +) * 2) / 10
    #expect(keys.contains("shuffle") ? gain < 0.1 : gain > 0.15, "\(gain): \(rewards)")
  }

  @Test("dynamic sampling replaces groups of equal rewards within its bound, and counts them")
  func dynamic() async throws {
    // About half of all problems have rewards that differ.
    let (one, _) = try trainer("dynamic_sampling_max_gen_batches: 5") { sample in
      let isFlat = CounterRandom.hash(sample.problem.id) % 2 == 0
      return isFlat ? 0 : Double(hash(sample) % 2)
    }
    let (values, rollouts) = try await one.step(0)
    let groups = grouped(rollouts)
    let kept = groups.filter { group in group.contains { $0.reward.value != group[0].reward.value } }
    let missing = try #require(values["dynamic_sampling/missing"])
    #expect(kept.count + Int(missing) == 4 && missing <= 1)
    #expect(values["dynamic_sampling/replaced"] == Double(groups.count - 4) && groups.count > 4)
    #expect((2...5).contains(values["dynamic_sampling/num_gen_batches"] ?? 0))
    #expect(Set(rollouts.map(\.problem.id)).count == groups.count)

    let (never, parameters) = try trainer("dynamic_sampling_max_gen_batches: 3") { _ in 1 }
    let before = parameters.buffer.values
    let (flat, all) = try await never.step(0)
    #expect(flat["dynamic_sampling/num_gen_batches"] == 3 && flat["dynamic_sampling/missing"] == 4)
    #expect(all.count == 48 && parameters.buffer.values == before)
  }

  @Test("a step is a function of weights, state and number: a trainer that is given them goes on alike")
  func resumed() async throws {
    let keys =
      "kl_coefficient: 0, curriculum: {share: 0.7, cooldown_steps: 1}, "
      + "balance: {every: 1, targets: {math: 1, logic: 3}}, max_grad_norm: 0, adam_beta1: 0, adam_beta2: 0"
    let (first, parameters) = try trainer(keys)
    for step in 0..<3 { _ = try await first.step(step) }
    let (second, others) = try trainer(keys)
    others.copy(from: parameters)
    second.state = try JSONDecoder().decode(
      GRPOTrainerState.self, from: JSONEncoder().encode(first.state))
    let (a, b) = (try await first.step(3), try await second.step(3))
    #expect(a.rollouts.map(\.problem.id) == b.rollouts.map(\.problem.id))
    #expect(a.rollouts.map(\.completion) == b.rollouts.map(\.completion))
    #expect(first.state == second.state && first.state.balance.factors.count == 2)
    #expect((a.values["curriculum/replayed"] ?? 0) > 0)
    #expect(a.values["domain/math/grad_norm"] == b.values["domain/math/grad_norm"])
  }

  @Test("the domains' shares of the gradient sum to 1, and taking it apart trains alike")
  func shares() async throws {
    let (whole, one) = try trainer("kl_coefficient: 0")
    let (apart, other) = try trainer("kl_coefficient: 0, balance: {every: 1}")
    let before = one.buffer.values
    _ = try await whole.step(0)
    let (values, _) = try await apart.step(0)
    let shares = ["math", "logic"].compactMap { values["domain/\($0)/grad_share"] }
    #expect(shares.count == 2 && abs(shares.reduce(0, +) - 1) < 1e-9 && shares.allSatisfy { $0 > 0 })
    for i in before.indices where abs(one.buffer.start[i] - before[i]) > 5e-4 {
      #expect(abs(one.buffer.start[i] - other.buffer.start[i]) < 2e-4)
    }
    #expect(values["domain/math/mean_length"] != nil && values["domain/logic/frac_reward_zero_std"] != nil)
  }

  @Test("a judge that takes too long leaves its samples out, and the step counts them")
  func faults() async throws {
    let (one, _) = try trainer("kl_coefficient: 0") { hash($0) % 3 == 0 ? nil : Double(hash($0) % 2) }
    let (values, rollouts) = try await one.step(0)
    let faults = rollouts.filter { $0.reward.value == nil }
    #expect(faults.count > 1 && faults.allSatisfy { $0.advantage == nil })
    #expect(values["samples/faults"] == Double(faults.count))
  }

  @Test("KL in the reward: the penalty moves advantages, and the loss has no term of it")
  func klInReward() async throws {
    let (one, parameters) = try trainer(
      "use_kl_in_reward: true, kl_estimator: k1, kl_coefficient: 0.5, reference_refresh_steps: 0"
    ) { _ in 1 }
    for i in 0..<parameters.buffer.count { parameters.buffer.start[i] *= 1.1 }
    parameters.changed()
    let (values, rollouts) = try await one.step(0)
    #expect((values["reward_kl_penalty"] ?? 0) != 0 && (values["kl"] ?? 0) != 0)
    let mixed = try #require(
      grouped(rollouts).first { group in
        Set(group.compactMap(\.reward.value)).count == 1 && Set(group.map(\.text)).count > 1
      })
    #expect(Set(mixed.compactMap(\.advantage)).count > 1)
  }

  @Test("truncated completions can be masked: with all of them cut nothing is learnt")
  func masked() async throws {
    let (one, parameters) = try trainer("mask_truncated_completions: true, kl_coefficient: 0")
    let before = parameters.buffer.values
    let (values, rollouts) = try await one.step(0)
    // A policy at its start does not end within six tokens.
    try #require(rollouts.allSatisfy { !$0.completion.stopped })
    #expect(parameters.buffer.values == before && values["grad_norm"] == nil)
    let (other, changed) = try trainer("kl_coefficient: 0")
    _ = try await other.step(0)
    #expect(changed.buffer.values != parameters.buffer.values)
  }

  @Test("shuffled advantages are the same ones, on other samples of their group")
  func shuffled() async throws {
    let (plain, _) = try trainer("kl_coefficient: 0"), (control, _) = try trainer("shuffle_advantages: true")
    let (a, b) = (try await plain.step(0).rollouts, try await control.step(0).rollouts)
    for (one, other) in zip(grouped(a), grouped(b)) {
      #expect(one.compactMap(\.advantage).sorted() == other.compactMap(\.advantage).sorted())
    }
    #expect(a.map(\.advantage) != b.map(\.advantage))
  }

  @Test("the entropy bonus raises the entropy that the plain loss lowers or leaves")
  func entropy() async throws {
    func after(_ coefficient: Double) async throws -> Double {
      let (one, _) = try trainer(
        "kl_coefficient: 0, entropy_coefficient: \(coefficient)"
      ) {
        _ in 1
      }
      var entropy = 0.0
      for step in 0..<6 { entropy = try await one.step(step).values["entropy"] ?? 0 }
      return entropy
    }
    let (weak, strong) = (try await after(0.01), try await after(1))
    #expect(strong >= weak && strong > 0)
  }

  @Test("a prompt that the policy can't read is an error that names the problem")
  func tooLong() async throws {
    let (one, _) = try trainer("kl_coefficient: 0")
    let problem = Problem(
      id: "long/1", domain: "math", prompt: .text(String(repeating: "z", count: 600)), reference: nil)
    let error = await #expect(throws: ChatTemplateError.self) {
      try await one.sampler.rollouts(
        [("t", problem)], samples: 2, parameters: one.parameters, options: one.options, place: [0])
    }
    #expect(error.map { "\($0)".contains("long/1") && "\($0)".contains("512") } == true)
  }

  @Test("the reference moves by the share that is asked for")
  func mixing() async throws {
    let (one, parameters) = try trainer("reference_refresh_steps: 1, ref_model_mixup_alpha: 0.25")
    let start = parameters.buffer.values
    for i in 0..<parameters.buffer.count { parameters.buffer.start[i] += 1 }
    parameters.changed()
    let moved = parameters.buffer.values
    _ = try await one.step(1)
    let reference = try #require(one.reference?.buffer.values)
    for i in stride(from: 0, to: start.count, by: 101) {
      #expect(abs(reference[i] - (0.75 * start[i] + 0.25 * moved[i])) < 1e-5)
    }
  }
}
