import ArgumentParser
import AssayNumerics
import Foundation
import Policy
import Trainer

struct PolicyBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Sampling, optimiser steps and a GRPO step of one model.",
    discussion: """
      Examples:
        assay bench policy --model smollm2-135m-instruct.gguf
        assay bench policy --precision fp32 --only sampling --sequences 32 --repetitions 5
      Without --model: random weights in the shape of SmolLM2-135M. Seconds are medians. Benchmarks/policy runs this \
      beside its peers.
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument { case sampling, step, grpo }

  @Option(help: "A GGUF file or a Hugging Face folder.") var model: String?
  @Option(help: "fp32, bf16, fp16 or auto.") var precision = "auto"
  @Option(help: "How weights are kept while sampling: full or q8_0 (8 bits; fp32 products).")
  var weights = WeightFormat.full
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "sampling, step or grpo; may be given several times. Default: all.") var only: [Part] = []
  @Option(help: "Sequences sampled at once; may be given several times.") var sequences: [Int] = []
  @Option(help: "Tokens of a prompt.") var prompt = 100
  @Option(help: "New tokens of a completion.") var tokens = 128
  @Option(help: "How often each is measured.") var repetitions = 3
  @Flag(help: "One JSON object a line.") var json = false

  func run() throws {
    let choice = try chosenPrecision()
    let parameters = try model.map { try Parameters(Checkpoint.load($0)) } ?? Self.random()
    let kernels = Kernels(choice)
    if !json {
      print("\(parameters.layout.count.formatted()) parameters, \(kernels.name), \(threads) threads")
    }
    let parts = only.isEmpty ? Part.allCases : only
    if parts.contains(.sampling) { sampling(parameters, choice) }
    if parts.contains(.step) { steps(parameters, choice) }
    if parts.contains(.grpo) { grpo(parameters, choice) }
  }

  private func chosenPrecision() throws -> Precision {
    if precision == "auto" { return .best }
    guard let choice = Precision(rawValue: precision) else {
      throw ValidationError("There is no precision “\(precision)”. Use fp32, bf16, fp16 or auto.")
    }
    return choice
  }

  static func random() -> Parameters {
    Parameters(
      initialising: ModelConfig(
        vocabularySize: 49_152, hiddenSize: 576, intermediateSize: 1536, layers: 30, heads: 9,
        keyValueHeads: 3,
        ropeTheta: 100_000, maxPositions: 8192), seed: 1)
  }

  /// Prompts of common tokens, no two alike.
  private func requests(_ problems: Int, samples: Int, length: Int) -> [GenerationRequest] {
    (0..<problems).map { problem in
      GenerationRequest(
        prompt: (0..<length).map { Int32(1000 + (problem * 7919 + $0 * 104_729) % 20_000) },
        streams: (0..<samples).map { CounterRandom(seed: 1, problem, $0) })
    }
  }

  private func sampling(_ parameters: Parameters, _ precision: Precision) {
    for count in sequences.isEmpty ? [1, 8, 32, 64] : sequences {
      let pool = DecoderPool(
        parameters.config, threads: threads, slots: count, precision: weights == .full ? precision : .fp32,
        weights: weights)
      let requests = requests(count, samples: 1, length: prompt)
      func seconds(_ tokens: Int) -> Double {
        let start = ContinuousClock.now
        let options = SamplingOptions(temperature: 1, maxCompletionTokens: tokens)
        _ = pool.generate(requests, parameters, options: options, stops: [])
        return (ContinuousClock.now - start) / .seconds(1)
      }
      _ = seconds(2)
      // The prompts' time is what one token takes.
      let prefill = median((0..<repetitions).map { _ in seconds(1) })
      let all = median((0..<repetitions).map { _ in seconds(tokens) })
      report(
        "sampling", ["sequences": Double(count)],
        [
          "tokens_per_second": Double(count * (tokens - 1)) / (all - prefill),
          "prompt_tokens_per_second": Double(count * prompt) / prefill, "seconds": all,
        ])
    }
  }

  private func steps(_ parameters: Parameters, _ precision: Precision) {
    let pool = DecoderPool(parameters.config, threads: threads, slots: 1, precision: precision)
    let optimizer = PolicyOptimizer(parameters.layout, OptimizerRecipe.bench)
    for length in [128, 256] {
      let batch = requests(8, samples: 1, length: length).reduce(into: PackedBatch()) {
        $0.append($1.prompt, scoring: 1..<length)
      }
      let seconds = (0...repetitions).map { _ in
        let start = ContinuousClock.now
        let (gradient, _) = pool.gradient([batch], parameters) { _, _, _ in -1 / Float(batch.scored.count) }
        _ = optimizer.step(
          parameters, gradient: gradient, learningRate: 1e-6, weightDecay: 0, maxGradNorm: 1, lane: pool.whole
        )
        return (ContinuousClock.now - start) / .seconds(1)
      }
      let time = median(Array(seconds.dropFirst()))
      report(
        "step", ["sequences": 8, "length": Double(length)],
        ["seconds": time, "tokens_per_second": Double(8 * length) / time])
    }
  }

  /// 4 problems × 8 completions, KL on: sampling, the reference's and the policy's pass, the optimiser.
  private func grpo(_ parameters: Parameters, _ precision: Precision) {
    let pool = DecoderPool(parameters.config, threads: threads, slots: 32, precision: precision)
    let optimizer = PolicyOptimizer(parameters.layout, OptimizerRecipe.bench)
    let reference = parameters.frozenCopy()
    let requests = requests(4, samples: 8, length: 89)
    for kl in [true, false] {
      var phases: [[Double]] = []
      for _ in 0...repetitions {
        var marks = [ContinuousClock.now]
        let completions = pool.generate(
          requests, parameters, options: SamplingOptions(temperature: 1, maxCompletionTokens: tokens),
          stops: [])
        marks.append(.now)
        let batches = zip(requests, completions).map { request, completions in
          var batch = PackedBatch()
          batch.append(prompt: request.prompt, completions: completions.map(\.tokens))
          return batch
        }
        if kl {
          pool.rest(parameters)
          _ = pool.scores(batches, reference, temperature: 1)
          pool.rest(reference)
        }
        marks.append(.now)
        let (gradient, _) = pool.gradient(batches, parameters) { batch, index, _ in
          index / tokens % 2 == 0 ? -1e-4 : 1e-4
        }
        marks.append(.now)
        _ = optimizer.step(
          parameters, gradient: gradient, learningRate: 1e-6, weightDecay: 0, maxGradNorm: 1, lane: pool.whole
        )
        marks.append(.now)
        phases.append(zip(marks, marks.dropFirst()).map { ($1 - $0) / .seconds(1) })
      }
      let all = phases.dropFirst()
      func part(_ index: Int) -> Double { median(all.map { $0[index] }) }
      report(
        "grpo", ["kl": kl ? 1 : 0],
        [
          "seconds": median(all.map { $0.reduce(0, +) }), "generate": part(0), "reference": part(1),
          "gradient": part(2), "optimizer": part(3), "peak_gigabytes": peakGigabytes(),
        ])
    }
  }

  private func report(_ part: String, _ what: [String: Double], _ values: [String: Double]) {
    func text(_ value: Double) -> String { String(format: value < 100 ? "%.3f" : "%.0f", value) }
    if json {
      let fields = what.merging(values) { $1 }.sorted { $0.key < $1.key }.map { "\"\($0)\":\(text($1))" }
      print("{\"part\":\"\(part)\",\(fields.joined(separator: ","))}")
    } else {
      let shape = what.sorted { $0.key < $1.key }.map { "\($0) \(Int($1))" }.joined(separator: " ")
      let figures = values.sorted { $0.key < $1.key }.map { "\($0) \(text($1))" }.joined(separator: "  ")
      print("\(part)  \(shape):  \(figures)")
    }
  }
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Most memory that this process has had, GB.
private func peakGigabytes() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) * 1024 / 1e9
}

extension OptimizerRecipe {
  fileprivate static let bench = OptimizerRecipe(
    learningRate: 1e-6, schedule: .constant, finalLearningRateRatio: 1)
}
