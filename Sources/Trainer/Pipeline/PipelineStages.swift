import Foundation
import AssayNumerics
import VerifierKit

extension Pipeline {
  /// Supervised fine-tuning, on worked solutions or on what the last harvest kept.
  func fineTune(_ sft: SFTRecipe, stage: Int) throws {
    let examples: [SFTExample]
    switch sft.source {
    case .worked:
      examples = mixture.slots(position.nextProblem..<position.nextProblem + sft.examples).compactMap {
        slot in
        let task = mixture.tasks[slot.task]
        let problem = task.problem(slot.index, split: .train)
        let stream = CounterRandom(seed: UInt64(recipe.seed), Place.worked, stage, slot.task, slot.index)
        let works = stream.uniform(at: 0) < sft.workedShare
        return task.workedSolution(for: problem).map {
          SFTExample(
            problem: problem, task: task.name, completion: works ? $0 : unworked($0),
            origin: ["source": .string(works ? "worked" : "unworked")])
        }
      }
    case .harvested: examples = sft.examples > 0 ? Array(harvested.prefix(sft.examples)) : harvested
    case .file:
      let all = fileExamples[sft.name] ?? []
      examples = sft.examples > 0 ? Array(all.prefix(sft.examples)) : all
    }
    guard !examples.isEmpty else {
      let cause =
        switch sft.source {
        case .worked: "no task has worked solutions."
        case .harvested:
          "the harvest kept nothing. Look at its harvest/dropped metrics: train longer, or mend the judge."
        case .file: "its file has none."
        }
      throw TrainingError(message: "Stage \(sft.name) has no examples: \(cause)")
    }
    if position.isStageEnd { show(examples, of: sft) }
    let optimizer = PolicyOptimizer(policy.parameters.layout, sft.optimizer, factors: factors)
    try begin(StageParts(optimizer: optimizer))
    let trainer = SFTTrainer(
      pool: sampler.pool, renderer: sampler.renderer, recipe: sft,
      tokensPerBatch: recipe.runtime.tokensPerBatch)
    let rows = try trainer.rows(examples, positions: policy.parameters.config.maxPositions)
    if rows.count < examples.count, position.isStageEnd {
      note("  \(examples.count - rows.count) examples are longer than max_length and left out.")
    }
    guard !rows.isEmpty else {
      throw TrainingError(
        message: "Stage \(sft.name): every example is longer than max_length. Raise it, or shorten the rows.")
    }
    let progress = makeProgress("  \(sft.name)", total: sft.stepCount(examples: rows.count), isTold: true)
    try trainer.train(
      rows, parameters: policy.parameters, optimizer: optimizer, from: position.stageStep,
      seed: UInt64(recipe.seed) &+ UInt64(stage)
    ) { one in
      position.step += 1
      try log(
        MetricsRow(
          step: step, stage: sft.name,
          values: [
            "loss": one.loss, "grad_norm": one.gradNorm, "learning_rate": one.learningRate,
            "num_tokens": Double(one.tokens), "step_time": one.seconds, "wall_s": wallSeconds,
          ]))
      progress.update(one.step + 1, String(format: "loss %.3f nats/token", one.loss))
      try afterStep(one.step + 1, of: one.count, progress)
    }
    progress.finish()
  }

  func reinforce(_ grpo: GRPORecipe, stage: Int) async throws {
    let trainer = GRPOTrainer(
      recipe: grpo, sampling: recipe.sampling, tokensPerBatch: recipe.runtime.tokensPerBatch,
      sampler: sampler, mixture: mixture, parameters: policy.parameters, factors: factors, stage: stage,
      firstProblem: position.nextProblem, verifiers: recipe.rewards.compactMapValues { $0.first?.verifier })
    try begin(StageParts(optimizer: trainer.optimizer, trainer: trainer))
    let progress = makeProgress("  \(grpo.name)", total: grpo.steps, isTold: true)
    var accuracy = ""
    let first = position.stageStep
    var outage = JudgeOutage()
    for index in stride(from: first, to: grpo.steps, by: 1) {
      try await awaitJudges()
      let values: [String: Double]
      let rollouts: [Rollout]
      do {
        (values, rollouts) = try await trainer.step(index)
      } catch let error as NonFiniteGradient {
        // What led there can be looked at; a run that goes on from a checkpoint takes it back.
        try store.insert(error.rollouts.map(\.record), stage: grpo.name, step: step + 1)
        throw TrainingError(
          message:
            "The gradient is not finite at step \(step + 1), step \(index + 1) of stage \(grpo.name). Lower its "
            + "learning_rate and go on from the last checkpoint (assay resume --set …); the step's samples: assay "
            + "rollouts \(folder.url.path) --step \(step + 1).")
      }
      position.step += 1
      var row = MetricsRow(step: step, stage: grpo.name, values: values)
      row["wall_s"] = wallSeconds
      let watched = watch.observe(rollouts, stage: grpo.name)
      row.values.merge(watched.values) { first, _ in first }
      for warning in watched.warnings { say("  step \(step), \(warning)") }
      try log(row)
      try store.insert(rollouts.map(\.record), stage: grpo.name, step: step)
      position.stageStep = index + 1
      let every = recipe.evaluation.every
      position.awaitsEvaluation = every > 0 && (index + 1) % every == 0 && index + 1 < grpo.steps
      // Asked to stop, a run leaves the measurement to the one that goes on.
      if position.awaitsEvaluation, !stop.isRequested {
        if let average = try await evaluateIfAwaited() { accuracy = "  held-out \(percent(average)) %" }
      }
      progress.update(
        index + 1,
        String(
          format: "reward %.3f  length %.0f  kl %.4f", values["reward"] ?? .nan,
          values["completions/mean_length"] ?? .nan, values["kl"] ?? 0) + accuracy)
      do {
        for line in try outage.observe(rollouts, isFirst: index == first) { say("  step \(step), \(line)") }
      } catch {
        if index > first { try save() }
        throw error
      }
      try afterStep(index + 1, of: grpo.steps, progress)
    }
    progress.finish()
  }

  func harvest(_ harvest: HarvestRecipe, stage: Int) async throws {
    let one = Harvest(
      recipe: harvest, sampling: recipe.sampling, rewards: recipe.rewards, sampler: sampler,
      mixture: mixture, reviewer: reviewer)
    try await awaitJudges()
    let progress = makeProgress(
      "  \(harvest.name)", total: harvest.problems * harvest.samplesPerProblem)
    let result = try await one.run(
      parameters: policy.parameters, stage: stage, first: position.nextProblem,
      source: Harvest.Source(
        run: folder.name, stage: harvest.name, step: step,
        checkpoint: step == 0 ? recipe.policy.model : "checkpoints/step-\(step)"), progress: progress)
    harvested = result.kept
    let file = folder.url.appending(path: "\(harvest.name).jsonl")
    try folder.write(result.kept.map { $0.row.text + "\n" }.joined(), to: file)
    try store.insert(
      result.rollouts.map(\.record), stage: harvest.name, step: step, purpose: .harvest)
    var row = MetricsRow(
      step: step, stage: harvest.name,
      values: [
        "harvest/sampled": Double(result.rollouts.count), "harvest/correct": Double(result.correct),
        "harvest/kept": Double(result.kept.count), "wall_s": wallSeconds,
      ])
    for reason in HarvestReason.allCases {
      row["harvest/dropped/\(reason.rawValue)"] = Double(result.dropped[reason, default: 0])
    }
    row["samples/faults"] = row["harvest/dropped/fault"]
    try log(row)
    progress.finish(
      "\(result.correct) correct of \(result.rollouts.count), \(result.kept.count) rows kept: \(file.lastPathComponent)"
    )
    let reasons = HarvestReason.allCases.filter {
      ![.wrong, .fault].contains($0) && result.dropped[$0] != nil
    }
    if !reasons.isEmpty {
      let counts = reasons.map { "\($0.rawValue) \(result.dropped[$0, default: 0])" }
      note("  correct, and left out: \(counts.joined(separator: ", "))")
    }
  }

  private func show(_ examples: [SFTExample], of sft: SFTRecipe) {
    let other = examples.first { $0.origin["source"] != examples[0].origin["source"] }
    let shown = [examples[0]] + (sft.source == .worked ? [other].compactMap(\.self) : [])
    note("  \(examples.count) examples, for instance:\n\(shown.map(indented).joined(separator: "\n"))")
  }

  private func indented(_ example: SFTExample) -> String {
    (example.problem.prompt.text + "\n" + example.completion).split(separator: "\n")
      .map { "    \($0)" }.joined(separator: "\n")
  }
}
