import AssayNumerics
import Foundation
import Policy
import Testing
import VerifierKit

@testable import Trainer

private func trainer(_ policy: PolicySource, maxLength: Int = 0, tokensPerBatch: Int = 4096) -> SFTTrainer {
  var recipe = SFTRecipe()
  (recipe.maxLength, recipe.batchSize, recipe.steps) = (maxLength, 3, 1)
  return SFTTrainer(
    pool: DecoderPool(policy.parameters.config, threads: 1, slots: 1),
    renderer: PromptRenderer(tokenizer: policy.tokenizer, systemPrompt: nil), recipe: recipe,
    tokensPerBatch: tokensPerBatch)
}

private func example(_ prompt: String, _ completion: String) -> SFTExample {
  SFTExample(
    problem: Problem(id: prompt, domain: "math", prompt: .text(prompt)), task: "t", completion: completion)
}

private let examples = [
  example("1+1", "<think>1+1=2</think>Answer: 2"), example("what is nine less four?", "5"),
  example("?", "no"),
]

@Suite("Supervised fine-tuning")
struct SFTTests {
  private func policy() throws -> PolicySource { try PolicySource(Recipe(yaml: TinyRun.yaml())) }

  @Test("a row keeps tests and metadata, and is the same example when it is read again")
  func rows() throws {
    let kinds: [CodeTests.Kind] = [
      .assert(setup: "import math", asserts: ["assert f(1) == 1"]),
      .check(test: "def check(c): assert c() == 1", entryPoint: "f", prompt: "def f():"),
      .stdio(cases: [.init(stdin: "1", stdout: "2")], checker: nil),
      .call(
        function: "f", cases: [.init(arguments: [.integer(1)], expected: .integer(2), alternative: .null)]),
    ]
    try withFolder { folder in
      for (index, kind) in kinds.enumerated() {
        let problem = Problem(
          id: "p\(index)", domain: "code", prompt: .text("write f"),
          tests: CodeTests(kind: kind, limits: .init(cpuSeconds: 1, memoryMB: 64), comparison: .tokens),
          metadata: ["source_dataset": .string("x"), "line": .integer(3)])
        let example = SFTExample(
          problem: problem, task: "t", completion: "c", origin: ["source": .string("worked")])
        let file = folder.appending(path: "rows.jsonl")
        try (example.row.text + "\n").write(to: file, atomically: true, encoding: .utf8)
        let read = try #require(try SFTExample.read(file).first)
        #expect(read.problem == problem && read.task == "t" && read.completion == "c")
        #expect(read.row == example.row)
      }
    }
  }

  @Test("the loss is the mean over the answers' tokens, and no prompt's")
  func loss() throws {
    let policy = try policy()
    let trainer = trainer(policy)
    let rows = try trainer.rows(examples, positions: 512)
    var (sum, count) = (0.0, 0)
    for (row, example) in zip(rows, examples) {
      let prompt = try trainer.renderer.prompt(example.problem)
      #expect(
        Array(row.tokens.prefix(prompt.count)) == prompt && row.scored == prompt.count..<row.tokens.count)
      #expect(policy.tokenizer.eosTokens.contains(row.tokens.last ?? -1))
      // Each alone: from the logits, without any packing.
      let logits = Decoder(policy.parameters.config, lane: Lane(threads: 1)).logits(
        row.tokens, policy.parameters)
      let size = policy.parameters.config.vocabularySize
      for position in row.scored {
        let line = logits[(position - 1) * size..<position * size].map(Double.init)
        let most = line.max() ?? 0
        let total = most + log(line.map { exp($0 - most) }.reduce(0, +))
        sum -= line[Int(row.tokens[position])] - total
        count += 1
      }
    }
    var found: SFTTrainer.Step?
    let optimizer = PolicyOptimizer(policy.parameters.layout, SFTRecipe().optimizer)
    try trainer.train(rows, parameters: policy.parameters, optimizer: optimizer, seed: 1) { found = $0 }
    let step = try #require(found)
    #expect(step.tokens == count)
    #expect(abs(step.loss - sum / Double(count)) < 1e-5)
  }

  @Test("packed together or one by one, a step is the same but for rounding")
  func packing() throws {
    let weights = try [4096, 1].map { tokensPerBatch in
      let policy = try policy()
      let trainer = trainer(policy, tokensPerBatch: tokensPerBatch)
      let rows = try trainer.rows(examples, positions: 512)
      #expect(packed(rows, tokensPerBatch: tokensPerBatch).count == (tokensPerBatch == 1 ? 3 : 1))
      var optimizer = SFTRecipe().optimizer
      (optimizer.learningRate, optimizer.adamBeta2) = (0.1, 0.9)
      try trainer.train(
        rows, parameters: policy.parameters, optimizer: PolicyOptimizer(policy.parameters.layout, optimizer),
        seed: 1
      ) { _ in }
      return policy.parameters.buffer.values
    }
    let start = try policy().parameters.buffer.values
    #expect(zip(weights[0], start).contains { abs($0 - $1) > 1e-6 })
    // AdamW's first step has the size of the rate, whatever the gradient's; where that is about 0, rounding decides.
    let apart = zip(weights[0], weights[1]).count { abs($0 - $1) > 1e-6 }
    #expect(apart < weights[0].count / 100)
  }

  @Test("examples that are too long are left out")
  func tooLong() throws {
    let policy = try policy()
    #expect(try trainer(policy).rows(examples, positions: 512).count == 3)
    #expect(try trainer(policy, maxLength: 10).rows(examples, positions: 512).count == 1)
    #expect(try trainer(policy).rows(examples, positions: 10).count == 1)
  }

  @Test(
    "a file that can't be used says where",
    arguments: [
      (#"{"prompt": "a"}"#, "line 1: has no completion"), ("{", "line 1: is no JSON"), ("", "has no rows"),
      (#"{"completion": "a"}"#, "has no prompt"),
    ])
  func files(text: String, expected: String) throws {
    try withFolder { folder in
      let file = folder.appending(path: "rows.jsonl")
      try text.write(to: file, atomically: true, encoding: .utf8)
      let error = try #require(throws: RunError.self) { try SFTExample.read(file) }
      #expect(error.message.contains(expected), "\(error)")
    }
  }

  @Test("conversations come back as they were")
  func messages() throws {
    try withFolder { folder in
      let file = folder.appending(path: "rows.jsonl")
      let prompt = Prompt.messages([
        .init(role: "system", content: "Be brief."), .init(role: "user", content: "1+1?"),
      ])
      let example = SFTExample(
        problem: Problem(id: "7", domain: "math", prompt: prompt, reference: .integer(2)), task: "sums",
        completion: "2", origin: ["sample": .integer(3)])
      try (example.row.text + "\n").write(to: file, atomically: true, encoding: .utf8)
      let read = try #require(try SFTExample.read(file).first)
      #expect(read.problem.prompt == prompt && read.problem.reference == .integer(2) && read.task == "sums")
      #expect(read.completion == "2" && read.origin == example.origin)
    }
  }
}
