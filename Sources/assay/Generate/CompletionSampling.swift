import AssayNumerics
import Policy
import Trainer
import VerifierKit

/// A model with all that decides how its completions are drawn.
struct CompletionSampling: Sendable {
  let pool: DecoderPool
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

  func generate(
    _ requests: [GenerationRequest],
    finished: (@Sendable (_ request: Int, _ sample: Int, GeneratedCompletion) -> Void)? = nil,
    drawn: (@Sendable (_ request: Int, _ sample: Int, _ token: Int32) -> Void)? = nil
  ) -> [[GeneratedCompletion]] {
    pool.generate(
      requests, parameters, options: options, stops: stops, finished: finished, drawn: drawn)
  }
}
