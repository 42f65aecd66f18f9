import Foundation
import Policy
import Testing

@Suite("assay export")
struct ExportCommandTests {
  @Test(
    "what is written loads again",
    arguments: [
      ("copy", [], 0), ("copy", ["--type", "bf16"], 5e-3), ("copy.gguf", [], 0),
      ("copy", ["--format", "gguf", "--type", "q8_0"], 5e-3), ("copy.gguf", ["--type", "bf16"], 5e-3),
    ] as [(String, [String], Float)])
  func roundTrip(name: String, arguments: [String], error: Float) throws {
    try AssayCommand.withFolder { folder in
      let model = try TinyPolicy.write(in: folder)
      let place = folder.appending(path: name).path
      let outcome = try AssayCommand.run(["export", "--model", model, "--output", place] + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let (expected, found) = (TinyPolicy.checkpoint(), try Checkpoint.load(place))
      #expect(found.config == expected.config)
      #expect(found.tensors.keys == expected.tensors.keys)
      for (name, tensor) in expected.tensors {
        let difference = zip(tensor.values, try #require(found.tensors[name]).values).map { abs($0 - $1) }
          .max()
        #expect((difference ?? 0) <= error, "\(name)")
      }
      let text = "over the é<|end|>"
      #expect(
        found.tokenizer.encode(text, allowSpecial: true)
          == expected.tokenizer.encode(text, allowSpecial: true))
      #expect(found.tokenizer.chatTemplate == expected.tokenizer.chatTemplate)
    }
  }

  @Test("an adapter is merged")
  func adapter() throws {
    try AssayCommand.withFolder { folder in
      let model = try TinyPolicy.write(in: folder)
      let (adapter, place) = (folder.appending(path: "adapter").path, folder.appending(path: "merged").path)
      try TinyPolicy.adapter().write(to: adapter)
      let outcome = try AssayCommand.run(
        ["export", "--model", model, "--adapter", adapter, "--output", place])
      #expect(outcome.status == 0, "\(outcome.errors)")
      let expected = try TinyPolicy.adapter().merged(into: TinyPolicy.checkpoint())
      #expect(try Checkpoint.load(place).tensors == expected.tensors)
      #expect(expected.tensors != TinyPolicy.checkpoint().tensors)
    }
  }

  @Test("nothing is written over without --force, and an error says one thing")
  func refusals() throws {
    try AssayCommand.withFolder { folder in
      let model = try TinyPolicy.write(in: folder)
      let place = folder.appending(path: "taken.gguf")
      try "mine".write(to: place, atomically: true, encoding: .utf8)
      func export(_ arguments: [String]) throws -> AssayCommand.Outcome {
        try AssayCommand.run(["export", "--output", place.path] + arguments)
      }
      for arguments in [["--model", model], ["--model", folder.path + "/none", "--force"]] {
        let refused = try export(arguments)
        #expect(refused.status == 1 && refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
      }
      #expect(try export(["--model", model, "--force", "--adapter", model]).status == 1)
      #expect(try export(["--model", model, "--format", "hf", "--type", "q8_0"]).status == 64)
      #expect(try String(contentsOf: place, encoding: .utf8) == "mine")
      #expect(try export(["--model", model, "--force"]).status == 0)
      #expect(try Checkpoint.load(place.path).config == TinyPolicy.checkpoint().config)
    }
  }
}
