public import ArgumentParser
import AssayNumerics
import Foundation
import Policy
import Rows
import Synchronization
public import Trainer
import VerifierKit

extension PrecisionChoice: ExpressibleByArgument {}
extension PromptTemplate: ExpressibleByArgument {}
extension WeightFormat: ExpressibleByArgument {}

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Sample completions from a model: of one prompt, or of rows.",
    discussion: """
      Examples:
        assay generate --model smollm2-135m-instruct.gguf --prompt "What is 17 + 25?"
        assay generate --model MODEL --input gsm8k.jsonl --n 4 --output samples.jsonl
        assay problems sums | assay generate --model MODEL --input - | assay score
      Of one prompt, text: on a terminal while it is sampled. Of rows, a row for each sample, in their order: what the \
      row had, with completion, finish_reason (stop or length), completion_tokens and sample (from 0). A line that \
      can't be completed is answered in its place with an error.
      The same seed gives the same completions, whatever --batch-size and --threads.
      Exit status: 0 all sampled, 65 at least one bad line, 130 interrupted (what was written is whole), 64 wrong usage.
      """)

  @Option(help: "A GGUF file or a Hugging Face folder.", completion: .file()) var model: String
  @Option(help: "The prompt.") var prompt: String?
  @Option(help: "Rows, .jsonl or .jsonl.gz, as assay score reads them; - is standard input.") var input:
    String?
  @Option(help: "Where completions go; - is standard output.") var output = "-"
  @Option(name: .customLong("n"), help: "Completions of each prompt.") var samples = 1
  @Option(help: "0 takes the likeliest token.") var temperature: Float = 1
  @Option(help: "The smallest set of likeliest tokens that holds this mass.") var topP: Float = 1
  @Option(help: "This many likeliest tokens; 0: all.") var topK = 0
  @Option(help: "Tokens of a completion at most.") var maxTokens = 256
  @Option(help: "Any whole number from 0.") var seed: UInt64 = 0
  @Option(help: "A system prompt, put before each prompt by the chat template.") var system: String?
  @Option(
    help: "chat: the model's own; r1-zero: DeepSeek-R1-Zero's, for base models; none: the prompt as it is.")
  var template = PromptTemplate.chat
  @Option(help: "auto (the fastest that this CPU multiplies), fp32, bf16 or fp16.") var precision =
    PrecisionChoice.auto
  @Option(
    help:
      "full, or q8_0: 8 bits a weight, which makes few completions at once faster; products are fp32 then.")
  var weights = WeightFormat.full
  @Option(help: "0: all processors.") var threads = 0
  @Option(help: "Completions sampled side by side.") var batchSize = 64
  @Flag(inversion: .prefixedNo, help: "Whether the model's end of sequence ends a completion.")
  var stopAtEos = true
  @Flag(help: "Rows with logprobs: of each token under softmax(logits / temperature), nats.") var logprobs =
    false
  @Flag(help: "A row for a single prompt too, as for --n above 1 and --logprobs.") var json = false

  func validate() throws {
    func check(_ holds: Bool, _ message: String) throws { if !holds { throw ValidationError(message) } }
    try check((prompt == nil) != (input == nil), "Give one of --prompt and --input.")
    try check(samples >= 1, "--n is at least 1.")
    try check(temperature >= 0 && temperature.isFinite, "--temperature is a number from 0.")
    try check(topP > 0 && topP <= 1, "--top-p is above 0, and at most 1.")
    try check(topK >= 0, "--top-k is at least 0.")
    try check((1...1 << 24).contains(maxTokens), "--max-tokens is from 1 to \(1 << 24).")
    try check((0...1024).contains(threads), "--threads is from 0 to 1024.")
    try check((1...4096).contains(batchSize), "--batch-size is from 1 to 4096.")
    try check(
      weights == .full || precision == .auto || precision == .fp32,
      "--weights q8_0 computes in fp32. Drop --precision \(precision.rawValue).")
    try check(
      system == nil || template == .chat,
      "--template \(template.rawValue) has no place for --system. Drop one of them.")
  }

  func run() throws {
    let sampling = try sampling()
    let sink = try LineSink(output)
    if let prompt, !json, !logprobs, samples == 1 {
      try text(of: prompt, sampling, to: sink)
      return
    }
    let isShown = isatty(STDERR_FILENO) == 1 && !(output == "-" && isatty(STDOUT_FILENO) == 1)
    let interrupt = sink.endsAtInterrupt(last: isShown ? "\n" : "")
    defer { interrupt.cancel() }
    let generation = RowGeneration(sampling, sink: sink, logprobs: logprobs, showsProgress: isShown)
    if let prompt {
      try generation.add(.success(try Row(["prompt": .string(prompt)], line: 1)))
    } else {
      let reader = try RowReader(input ?? "-")
      for result in reader { try generation.add(result) }
      if let failure = reader.failure {
        try generation.finish()
        throw failure
      }
    }
    try generation.finish()
    if generation.bad > 0 { throw ExitCode(65) }
  }

  private func sampling() throws -> CompletionSampling {
    let checkpoint = try Checkpoint.load(model)
    let parameters = try Parameters(checkpoint)
    let threads = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    let precision = weights == .full ? precision.precision : .fp32
    let makePool = { @Sendable [config = parameters.config, weights] slots in
      DecoderPool(config, threads: threads, slots: slots, precision: precision, weights: weights)
    }
    return CompletionSampling(
      pool: makePool(batchSize), makePool: makePool, parameters: parameters,
      renderer: PromptRenderer(
        tokenizer: checkpoint.tokenizer, systemPrompt: system, template: template),
      options: SamplingOptions(
        temperature: temperature, topP: topP, topK: topK, maxCompletionTokens: maxTokens),
      stops: stopAtEos ? Set(checkpoint.tokenizer.eosTokens) : [], samples: samples, seed: seed,
      batchSize: batchSize)
  }

  /// One completion as text, on a terminal piece by piece.
  private func text(of prompt: String, _ sampling: CompletionSampling, to sink: LineSink) throws {
    let request: GenerationRequest
    do {
      request = try sampling.request(.text(prompt), index: 0)
    } catch {
      tell("The prompt \(error.message)\n")
      throw ExitCode(65)
    }
    guard output == "-", isatty(STDOUT_FILENO) == 1 else {
      let completion = sampling.generate([request])[0][0]
      try sink.write([sampling.renderer.text(completion), "\n"])
      return
    }
    let interrupt = sink.endsAtInterrupt(last: "\n")
    defer { interrupt.cancel() }
    let stream = Mutex(TextStream(sampling.renderer.tokenizer, skipSpecialTokens: true))
    _ = sampling.generate(
      [request],
      drawn: { _, _, token in
        let text = stream.withLock { $0.append(token) }
        try? sink.write([text.shownOnTerminal])
      })
    try sink.write([stream.withLock { $0.finish() }.shownOnTerminal, "\n"])
  }
}

extension String {
  /// Without what a terminal takes for commands: a model may write anything.
  fileprivate var shownOnTerminal: String {
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      let isCommand = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
      shown.append(isCommand ? "\u{fffd}" : scalar)
    }
    return String(shown)
  }
}
