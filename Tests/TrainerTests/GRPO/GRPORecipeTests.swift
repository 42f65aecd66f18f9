import Testing

@testable import Trainer

private func grpo(_ keys: String) throws -> GRPORecipe {
  let recipe = try Recipe(
    yaml:
      "tasks: [{generator: sums}, {generator: knights}]\nrewards: {math: [{verifier: a}], logic: [{verifier: a}]}\nstages: [{grpo: {\(keys)}}]"
  )
  guard case .grpo(let stage) = recipe.stages[0] else { throw TrainingError(message: "no grpo") }
  let again = try Recipe(yaml: try recipe.resolved())
  #expect(again.stages == recipe.stages, "written and read again, it is another: \(keys)")
  return stage
}

@Suite("Recipe of GRPO") struct GRPORecipeTests {
  @Test("the clip, the ratio and the scale follow the loss unless they are given")
  func defaults() throws {
    let plain = try grpo("")
    #expect(
      plain.importanceSamplingLevel == .token && plain.clipEpsilonHigh == 0.2 && plain.clipRatioC == nil)
    #expect(
      plain.maxGenerationBatches == 1 && plain.entropyCoefficient == 0 && plain.referenceMixupAlpha == 1)
    let gspo = try grpo("loss: gspo")
    #expect(gspo.importanceSamplingLevel == .sequence && gspo.clipEpsilonLow == 3e-4)
    #expect(try grpo("loss: gspo, clip_epsilon_low: 0.1").clipEpsilonLow == 0.1)
    #expect(try grpo("loss: r1").clipEpsilonHigh == 10)
    #expect(try grpo("advantage_estimator: rloo").scaleRewards == .none)
    #expect(try grpo("advantage_estimator: rloo, scale_rewards: group").scaleRewards == .group)
    #expect(try grpo("loss: grpo, importance_sampling_level: sequence").lossOptions.level == .sequence)
    #expect(try grpo("balance: {every: 5, targets: {math: 1, logic: 3}}").balance.targets["logic"] == 3)
    #expect(try grpo("use_kl_in_reward: true, kl_coefficient: 0.1").lossOptions.klCoefficient == 0)
    #expect(try grpo("steps: 7, problems_per_step: 3, dynamic_sampling_max_gen_batches: 4").problems == 84)
  }

  @Test(
    "what contradicts is an error with its place",
    arguments: [
      ("loss: gspo, importance_sampling_level: token", "one ratio a completion"),
      ("loss: cispo, clip_ratio_c: 9", "clips the ratio"), ("clip_ratio_c: 1.1", "1.2"),
      ("use_kl_in_reward: true, use_bias_correction_kl: true", "Remove one"),
      ("warmup_steps: 3, warmup_ratio: 0.1", "exclude"), ("balance: {targets: {math: 1, logic: 1}}", "every"),
      ("balance: {every: 1, targets: {math: 1}}", "two domains"),
      ("balance: {every: 1, targets: {math: 0, logic: 1}}", "more than 0"),
      ("curriculum: {share: 2}", "from 0"), ("ref_model_mixup_alpha: 0", "more than 0"),
    ] as [(String, String)])
  func errors(keys: String, words: String) throws {
    let error = try #require(throws: RecipeError.self) { try grpo(keys) }
    #expect(error.description.contains(words) && error.place.contains("grpo"), "\(error)")
  }

  @Test("a target for a domain that no task has is an error")
  func unknownDomain() throws {
    let error = try #require(throws: RecipeError.self) {
      try grpo("balance: {every: 1, targets: {math: 1, code: 1}}")
    }
    #expect(error.description.contains("“code”"))
  }

  @Test(
    "learning rates, by hand",
    arguments: [
      // schedule, warm-up steps, ratio: steps 0, 1, 4, 9 of 10
      (.constant, 0, 0, [1, 1, 1, 1]), (.constantWithWarmup, 4, 0, [0.25, 0.5, 1, 1]),
      (.linear, 0, 0.2, [0.5, 1, 0.75, 0.125]), (.inverseSquareRoot, 4, 0, [0.25, 0.5, 1, 2.0 / 3]),
      (.cosine, 0, 0, [1, 0.975528, 0.654508, 0.024472]),
    ] as [(LearningRateSchedule, Int, Double, [Double])])
  func rates(schedule: LearningRateSchedule, steps: Int, ratio: Double, expected: [Double]) {
    var recipe = OptimizerRecipe(learningRate: 2, schedule: schedule, finalLearningRateRatio: 0)
    (recipe.warmupSteps, recipe.warmupRatio) = (steps, ratio)
    for (step, share) in zip([0, 1, 4, 9], expected) {
      #expect(abs(recipe.learningRate(at: step, of: 10) - 2 * share) < 1e-5, "step \(step)")
    }
  }
}
