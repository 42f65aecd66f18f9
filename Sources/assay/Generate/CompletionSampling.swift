import AssayNumerics
import Foundation
import Policy
import Trainer
import VerifierKit

/// A model with all that decides how its completions are drawn.
struct CompletionSampling: Sendable {
  /// For as many as `batchSize` at once.
  let pool: DecoderPool
  let makePool: @Sendable (_ slots: Int) -> DecoderPool
  let parameters: Parameters
  let renderer: PromptRenderer
  let options: SamplingOptions
  let stops: Set<Int32>
  /// Completions of each prompt.
  let samples: Int
  let seed: UInt64
  /// Completions that are sampled side by side.
  let batchSize: Int

  /// Why a prompt can't be completed, as the rest of a sentence that names it.
  struct PromptError: Error {
    var message: String
  }

  /// - Parameter index: Of the prompt among all, from 0: with the seed it decides what is drawn.
  func request(_ prompt: Prompt, index: Int) throws(PromptError) -> GenerationRequest {
    let tokens: [Int32]
    do {
      tokens = try renderer.template.prompt(
        prompt, systemPrompt: renderer.systemPrompt, tokenizer: renderer.tokenizer)
    } catch {
      throw PromptError(message: "can't be put into the template: \(error.message)")
    }
    guard !tokens.isEmpty else {
      throw PromptError(message: "is empty. Write something, or use a template.")
    }
    let longest = pool.config.maxPositions
    guard tokens.count < longest else {
      throw PromptError(
        message:
          "has \(tokens.count) tokens with its template; the model has \(longest) positions. Shorten it.")
    }
    return GenerationRequest(
      prompt: tokens, streams: (0..<samples).map { CounterRandom(seed: seed, index, $0) })
  }

  /// - Returns: by request and sample. `finished` and `drawn` are called as `DecoderPool.generate` says.
  func generate(
    _ requests: [GenerationRequest],
    finished: (@Sendable (_ request: Int, _ sample: Int, GeneratedCompletion) -> Void)? = nil,
    drawn: (@Sendable (_ request: Int, _ sample: Int, _ token: Int32) -> Void)? = nil
  ) -> [[GeneratedCompletion]] {
    var results = [[GeneratedCompletion]](repeating: [], count: requests.count)
    let groups = Dictionary(grouping: requests.indices) { slots(for: requests[$0]) }
    for (slots, places) in groups.sorted(by: { $0.key > $1.key }) {
      let pool = slots == batchSize ? pool : makePool(slots)
      let made = pool.generate(
        places.map { requests[$0] }, parameters, options: options, stops: stops,
        finished: { finished?(places[$0], $1, $2) }, drawn: { drawn?(places[$0], $1, $2) })
      for (place, completions) in zip(places, made) { results[place] = completions }
    }
    return results
  }

  /// How many sequences of that length may be sampled side by side: their keys and values take at most a quarter of the
  /// machine's memory. A power of two below `batchSize`, or `batchSize`.
  private func slots(for request: GenerationRequest) -> Int {
    let config = pool.config
    let length = min(request.prompt.count + options.maxCompletionTokens, config.maxPositions)
    let bytes = 8 * config.layers * config.keyValueHeads * config.headDimension * length
    let most = Int(clamping: ProcessInfo.processInfo.physicalMemory / 4) / bytes
    guard most < batchSize else { return batchSize }
    var slots = 1
    while 2 * slots <= most { slots *= 2 }
    return slots
  }
}
