import Foundation
import AssayNumerics
import Testing

@testable import Policy

/// A small random decoder with PyTorch's logits, gradients and training losses: tools/golden_tiny.py.
private struct TinyModel {
  let parameters: Parameters
  let file: SafetensorsFile
  let sequences: [[Int32]]

  init(_ name: String) throws {
    let folder = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil)).appending(
      path: name)
    let weights = try SafetensorsFile(folder.appending(path: "model.safetensors").path)
    var tensors: [String: HostTensor] = [:]
    for name in weights.names { tensors[name] = try weights.tensor(name) }
    let config = try ModelConfig(jsonFile: folder.appending(path: "config.json").path)
    parameters = Parameters(config)
    for entry in parameters.layout.entries {
      let tensor = try #require(tensors[entry.name], "\(entry.name)")
      #expect(tensor.shape == entry.shape)
      (parameters.buffer.start + entry.offset).update(from: tensor.values, count: entry.count)
    }
    file = try SafetensorsFile(folder.appending(path: "golden.safetensors").path)
    let golden = file
    sequences = try (0..<2).map { try golden.integers("ids\($0)").map { Int32($0) } }
  }

  var loss: Float {
    get throws { try (file.names.contains("loss") ? file.tensor("loss") : file.tensor("losses")).values[0] }
  }

  var batch: PackedBatch {
    var batch = PackedBatch()
    for sequence in sequences { batch.append(sequence, scoring: 1..<sequence.count) }
    return batch
  }
}

private let variants = ["tiny-untied", "tiny-tied"]
private let families = ["llama-3", "mistral", "qwen2", "qwen3", "gemma", "deepseek-v3", "deepseek-v3-direct"]
  .map { "architectures/" + $0 }

/// Largest difference relative to the largest value.
private func relativeError(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  let size = b.map { abs($0) }.max() ?? 0
  return zip(a, b).map { abs($0 - $1) }.max().map { $0 / max(size, 1e-12) } ?? .infinity
}

@Test("logits agree with PyTorch", arguments: variants + families, [1, 2])
func logits(variant: String, threads: Int) throws {
  let golden = try TinyModel(variant)
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: threads))
  for (index, sequence) in golden.sequences.enumerated() {
    let expected = try golden.file.tensor("logits\(index)").values
    #expect(relativeError(decoder.logits(sequence, golden.parameters), expected) < 1e-5)
  }
}

@Test(
  "the residual stream before each layer, and after the last, agrees with transformers", arguments: families)
func layers(variant: String) throws {
  let golden = try TinyModel(variant)
  let config = golden.parameters.config
  let decoder = Decoder(config, lane: Lane(threads: 1))
  var batch = PackedBatch()
  batch.append(golden.sequences[0], scoring: 1..<2)
  _ = decoder.forward(batch, golden.parameters, keeping: true)
  let kept = try #require(decoder.activations)
  for (index, buffer) in (kept.layers.map(\.input) + [kept.normed]).enumerated() {
    let given = UnsafeBufferPointer(start: buffer.start, count: batch.count * config.hiddenSize)
    #expect(relativeError(given, try golden.file.tensor("hidden0.\(index)").values) < 1e-5, "\(index)")
  }
  #expect(throws: (any Error).self) { try golden.file.tensor("hidden0.\(config.layers + 1)") }
}

@Test("gradients of every parameter agree with PyTorch", arguments: variants + families, [1, 2])
func gradients(variant: String, threads: Int) throws {
  let golden = try TinyModel(variant)
  let layout = golden.parameters.layout
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: threads))
  let gradient = FloatBuffer(count: layout.count)
  let batch = golden.batch
  let scores = decoder.accumulateGradient(batch, golden.parameters, into: gradient) { _, _ in
    -1 / Float(batch.scored.count)
  }
  let loss = -scores.logp.reduce(0, +) / Float(scores.logp.count)
  #expect(abs(loss - (try golden.loss)) < 1e-5)
  let logp = try golden.file.tensor("logp0").values + golden.file.tensor("logp1").values
  #expect(scores.logp.count == logp.count && relativeError(scores.logp, logp) < 1e-5)
  for entry in layout.entries {
    let given = UnsafeBufferPointer(start: gradient.start + entry.offset, count: entry.count)
    guard entry.isTrained else {
      #expect(given.allSatisfy { $0 == 0 }, "\(entry.name)")
      continue
    }
    let expected = try golden.file.tensor("grad.\(entry.name)").values
    #expect(relativeError(given, expected) < 1e-4, "\(entry.name)")
  }
}

@Test("ten steps of AdamW lose what PyTorch loses", arguments: variants)
func training(variant: String) throws {
  let golden = try TinyModel(variant)
  let parameters = golden.parameters, layout = parameters.layout
  let decoder = Decoder(parameters.config, lane: Lane(threads: 2))
  let gradient = FloatBuffer(count: layout.count)
  let moments = AdamW.Moments(count: layout.count)
  let batch = golden.batch
  var losses: [Float] = []
  let before = Array(UnsafeBufferPointer(start: parameters.buffer.start, count: layout.count))
  for step in 1...10 {
    gradient.zero()
    let scores = decoder.accumulateGradient(batch, parameters, into: gradient) { _, _ in
      -1 / Float(batch.scored.count)
    }
    losses.append(-scores.logp.reduce(0, +) / Float(scores.logp.count))
    for entry in layout.entries {
      AdamW().update(
        parameters.buffer, gradient: gradient, moments: moments, range: entry.range, step: step,
        learningRate: 1e-3, weightDecay: entry.decays ? 0.01 : 0, gradientScale: 1,
        lane: Lane(threads: 1))
    }
    parameters.changed()
    guard step == 1 else { continue }
    for entry in layout.entries {
      let expected = try golden.file.tensor("adamw.\(entry.name)").values
      // Of the step itself, to what a weight's last digit leaves of it; decay is a hundredth of it for the largest.
      let first = before[entry.range]
      let given = UnsafeBufferPointer(start: parameters.buffer.start + entry.offset, count: entry.count)
      guard entry.isTrained else { continue }
      // Where the gradient is as small as AdamW's ε its last digits are all of the step.
      let gradients = try golden.file.tensor("grad.\(entry.name)").values
      let places = gradients.indices.filter { abs(gradients[$0]) > 1e-5 }
      let moved = places.map { given[$0] - first[first.startIndex + $0] }
      let wanted = places.map { expected[$0] - first[first.startIndex + $0] }
      #expect(places.isEmpty || relativeError(moved, wanted) < 1e-3, "\(entry.name)")
    }
  }
  let expected = try golden.file.tensor("losses").values
  #expect(losses.count == expected.count)
  for (given, expected) in zip(losses, expected) { #expect(abs(given - expected) < 1e-4 * expected) }
}

@Test("packing changes nothing: each sequence alone has the same scores", arguments: variants)
func packing(variant: String) throws {
  let golden = try TinyModel(variant)
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 1))
  let together = decoder.scores(golden.batch, golden.parameters)
  var alone: [Float] = []
  for sequence in golden.sequences {
    var batch = PackedBatch()
    batch.append(sequence, scoring: 1..<sequence.count)
    alone += decoder.scores(batch, golden.parameters).logp
  }
  #expect(zip(together.logp, alone).allSatisfy { abs($0 - $1) < 1e-5 })
}

@Test(
  "the sampler's log-probabilities are the trainer's, bit for bit, in every precision",
  arguments: variants + families,
  [(Float(1), Precision.fp32), (0.7, .fp32), (1, .bf16), (1, .fp16)])
func samplingAgrees(variant: String, setting: (temperature: Float, precision: Precision)) throws {
  let golden = try TinyModel(variant)
  let temperature = setting.temperature
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 2), precision: setting.precision)
  let requests = (0..<3).map { request in
    GenerationRequest(
      prompt: Array(golden.sequences[0].prefix(4 + request)),
      streams: (0..<5).map { CounterRandom(seed: 7, request, $0) })
  }
  let options = SamplingOptions(temperature: temperature, maxCompletionTokens: 24)
  // Fewer slots than completions: some wait for others to end.
  let made = Generator(decoder, slots: 7).generate(
    requests, golden.parameters, options: options, stops: [5])
  var lengths: Set<Int> = []
  for (request, completions) in zip(requests, made) {
    #expect(completions.count == 5)
    var shared = PackedBatch()
    shared.append(prompt: request.prompt, completions: completions.map(\.tokens))
    let together = decoder.scores(shared, golden.parameters, temperature: temperature)
    #expect(together.logp.map(\.bitPattern) == completions.flatMap { $0.logp.map(\.bitPattern) })
    for completion in completions {
      lengths.insert(completion.tokens.count)
      #expect(completion.stopped == (completion.tokens.last == 5))
      var batch = PackedBatch()
      let sequence = request.prompt + completion.tokens
      batch.append(sequence, scoring: request.prompt.count..<sequence.count)
      let scores = decoder.scores(batch, golden.parameters, temperature: temperature)
      #expect(scores.logp.map(\.bitPattern) == completion.logp.map(\.bitPattern))
    }
  }
  // Those models end some completions early.
  if variants.contains(variant) { #expect(lengths.count > 1) }
}

@Test(
  "a shared prompt leaves the gradient as it is", arguments: ["tiny-tied", "architectures/deepseek-v3"],
  Precision.allCases)
func sharedPrompt(variant: String, precision: Precision) throws {
  let golden = try TinyModel(variant)
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 2), precision: precision)
  let prompt = Array(golden.sequences[0].prefix(6))
  let completions = [Array(golden.sequences[1].prefix(9)), [3], Array(golden.sequences[1].suffix(4))]
  var together = PackedBatch(), apart = PackedBatch()
  together.append(prompt: prompt, completions: completions)
  for completion in completions {
    apart.append(prompt + completion, scoring: prompt.count..<prompt.count + completion.count)
  }
  #expect(together.count == 6 + 8 + 0 + 3)
  let gradients = [together, apart].map { batch in
    let gradient = FloatBuffer(count: golden.parameters.layout.count)
    let scores = decoder.accumulateGradient(batch, golden.parameters, into: gradient) { index, _ in
      Float(index % 3) - 1
    }
    return (gradient.values, scores.logp.map(\.bitPattern))
  }
  #expect(gradients[0].1 == gradients[1].1)
  #expect(relativeError(gradients[0].0, gradients[1].0) < (precision == .fp32 ? 1e-5 : 2e-2))
}

@Test("gradient checkpointing leaves every bit of the gradient as it is", arguments: ["tiny-tied"] + families)
func checkpointing(variant: String) throws {
  let golden = try TinyModel(variant)
  let gradients = [false, true].map { checkpoints in
    let decoder = Decoder(
      golden.parameters.config, lane: Lane(threads: 2), gradientCheckpointing: checkpoints)
    let gradient = FloatBuffer(count: golden.parameters.layout.count)
    for _ in 0..<2 {
      _ = decoder.accumulateGradient(golden.batch, golden.parameters, into: gradient) { _, _ in 0.1 }
    }
    return gradient.values.map(\.bitPattern)
  }
  #expect(gradients[0] == gradients[1])
}

@Test(
  "16 bits: logits and gradients near PyTorch's in fp32", arguments: variants,
  [(Precision.bf16, Float(2e-2), Float(5e-2)), (.fp16, 1e-2, 2.5e-2)])
func sixteenBits(variant: String, bound: (precision: Precision, logits: Float, gradient: Float)) throws {
  let golden = try TinyModel(variant)
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 2), precision: bound.precision)
  for (index, sequence) in golden.sequences.enumerated() {
    let expected = try golden.file.tensor("logits\(index)").values
    let error = relativeError(decoder.logits(sequence, golden.parameters), expected)
    #expect(error < bound.logits && error > 1e-5, "\(error)")
  }
  let gradient = FloatBuffer(count: golden.parameters.layout.count)
  let batch = golden.batch
  _ = decoder.accumulateGradient(batch, golden.parameters, into: gradient) { _, _ in
    -1 / Float(batch.scored.count)
  }
  for entry in golden.parameters.layout.entries {
    let expected = try golden.file.tensor("grad.\(entry.name)").values
    let given = UnsafeBufferPointer(start: gradient.start + entry.offset, count: entry.count)
    #expect(
      relativeError(given, expected) < bound.gradient, "\(entry.name) \(relativeError(given, expected))")
  }
}

@Test(
  "a completion depends on nothing that is sampled beside it, nor on whether it shares its prompt",
  arguments: variants + families, Precision.allCases)
func batchInvariance(variant: String, precision: Precision) throws {
  let golden = try TinyModel(variant)
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 2), precision: precision)
  let options = SamplingOptions(temperature: 1, topP: 0.9, topK: 20, maxCompletionTokens: 16)
  // Prompts of odd and even length, of one token, longer than what a sliding window sees; one with a single completion.
  let sequence = golden.sequences.joined().map { $0 }
  let requests = [1, 2, 5, 6, min(17, sequence.count)].enumerated().map { index, length in
    GenerationRequest(
      prompt: Array(sequence.prefix(length)),
      streams: (0..<[3, 1, 4, 5, 2][index]).map { CounterRandom(seed: 1, index, $0) })
  }
  // Some end early, so that slots are taken anew, of prompts as well.
  let stops: Set<Int32> = [1, 2, 3, 4, 5, 6, 7, 8]
  let alone = requests.map { request in
    request.streams.map { stream in
      Generator(decoder, slots: 1).generate(
        [GenerationRequest(prompt: request.prompt, streams: [stream])], golden.parameters, options: options,
        stops: stops)[0][0]
    }
  }
  for slots in [1, 4, 15] {
    let generator = Generator(decoder, slots: slots)
    for _ in 0..<2 {
      let together = generator.generate(requests, golden.parameters, options: options, stops: stops)
      #expect(together == alone, "\(slots) slots")
    }
  }
}

@Test("a generator serves calls of any size in turn", arguments: [Precision.fp32, .bf16])
func callsInTurn(precision: Precision) throws {
  let golden = try TinyModel("tiny-untied")
  let most = golden.parameters.config.maxPositions
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 1), precision: precision)
  let sequence = golden.sequences.joined().map { $0 }
  let generator = Generator(decoder, slots: 5)
  // Prompt, completions of it, tokens: shared and not, up to the last position, one token, none.
  let calls = [(6, 3, 8), (5, 1, 4), (12, 2, most), (1, 4, 3), (9, 1, most), (2, 2, 1), (8, 3, 0), (4, 5, 2)]
  for (index, (prompt, samples, tokens)) in calls.enumerated() {
    let requests = (0..<2).map { request in
      GenerationRequest(
        prompt: Array(sequence.prefix(prompt + request)),
        streams: (0..<samples).map { CounterRandom(seed: 5, index, request, $0) })
    }
    let options = SamplingOptions(temperature: 1, maxCompletionTokens: tokens)
    let fresh = Generator(decoder, slots: 5).generate(
      requests, golden.parameters, options: options, stops: [])
    let given = generator.generate(requests, golden.parameters, options: options, stops: [])
    #expect(given == fresh, "\(prompt), \(samples), \(tokens)")
    if tokens == most {
      #expect(given[0][0].tokens.count == most - prompt, "\(given[0][0].tokens.count)")
    }
  }
}

@Test("greedy sampling takes the likeliest token, and top-k 1 the same")
func greedy() throws {
  let golden = try TinyModel("tiny-tied")
  let decoder = Decoder(golden.parameters.config, lane: Lane(threads: 1))
  let request = GenerationRequest(
    prompt: Array(golden.sequences[0].prefix(5)), streams: [CounterRandom(seed: 3)])
  let greedy = Generator(decoder, slots: 1).generate(
    [request], golden.parameters, options: SamplingOptions(temperature: 0, maxCompletionTokens: 8), stops: [])
  let top = Generator(decoder, slots: 1).generate(
    [request], golden.parameters,
    options: SamplingOptions(temperature: 1, topK: 1, maxCompletionTokens: 8), stops: [])
  #expect(greedy[0][0].tokens == top[0][0].tokens)
  let logits = decoder.logits(request.prompt, golden.parameters)
  let last = logits.suffix(golden.parameters.config.vocabularySize)
  let best = try #require(last.indices.max { last[$0] < last[$1] })
  #expect(Int(greedy[0][0].tokens[0]) == best - last.startIndex)
}

@Test("several lanes make the gradient that one makes")
func lanes() throws {
  let golden = try TinyModel("tiny-untied")
  let batches = golden.sequences.map { sequence in
    var batch = PackedBatch()
    batch.append(sequence, scoring: 1..<sequence.count)
    return batch
  }
  let one = DecoderPool(golden.parameters.config, threads: 1, slots: 2)
    .gradient(batches, golden.parameters) { _, _, _ in -0.1 }.gradient.values
  let two = DecoderPool(golden.parameters.config, threads: 2, slots: 2)
    .gradient(batches, golden.parameters) { _, _, _ in -0.1 }.gradient.values
  #expect(relativeError(two, one) < 1e-5)
}
