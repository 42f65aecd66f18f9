import Foundation
import AssayNumerics
import Testing

@testable import Policy

/// SmolLM2-135M-Instruct against transformers on the same weights: tools/golden_smollm2.py. One model for all
/// tests of this file: it takes half a gigabyte.
@Suite("SmolLM2 against transformers", .enabled(if: Golden.smollm2 != nil), .serialized)
struct SmolLM2Tests {
  private static let model = Result { () throws -> (Parameters, SafetensorsFile) in
    let path = try #require(Golden.smollm2)
    return (
      try Parameters(try Checkpoint.load(path)),
      try SafetensorsFile(Golden.path("smollm2-logits.safetensors"))
    )
  }

  @Test("logits within 1e-3, and the same argmax everywhere")
  func logits() throws {
    let (parameters, golden) = try Self.model.get()
    let decoder = Decoder(parameters.config, lane: Lane(threads: 2))
    let vocabulary = try golden.integers("vocabulary")
    let size = parameters.config.vocabularySize
    var worst: Float = 0
    for prompt in 0..<4 {
      let ids = try golden.integers("ids\(prompt)").map { Int32($0) }
      let logits = decoder.logits(ids, parameters)
      let expected = try golden.tensor("logits\(prompt)").values
      let argmax = try golden.integers("argmax\(prompt)")
      let sums = try golden.tensor("logsumexp\(prompt)").values
      for position in ids.indices {
        let row = logits[position * size..<(position + 1) * size]
        let best = try #require(row.indices.max { row[$0] < row[$1] })
        #expect(best - row.startIndex == argmax[position], "prompt \(prompt), position \(position)")
        let sum = row.withUnsafeBufferPointer { buffer in
          buffer.baseAddress.map { LogSoftmax.row($0, count: size, inverseTemperature: 1).logSumExp }
        }
        #expect(abs(try #require(sum) - sums[position]) < 1e-3)
        for (index, id) in vocabulary.enumerated() {
          let difference = abs(row[row.startIndex + id] - expected[position * vocabulary.count + index])
          worst = max(worst, difference)
        }
      }
    }
    print("SmolLM2: largest difference of a logit \(worst)")
    #expect(worst < 1e-3)
  }

  @Test("greedy decoding continues as transformers does")
  func greedy() throws {
    let (parameters, golden) = try Self.model.get()
    let decoder = Decoder(parameters.config, lane: Lane(threads: 2))
    let expected = try golden.integers("next0").map { Int32($0) }
    let request = GenerationRequest(
      prompt: try golden.integers("ids0").map { Int32($0) }, streams: [CounterRandom(seed: 0)])
    let made = Generator(decoder, slots: 1).generate(
      [request], parameters,
      options: SamplingOptions(temperature: 0, maxCompletionTokens: expected.count), stops: [])
    #expect(made[0][0].tokens == expected)
  }
}
