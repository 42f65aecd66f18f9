import Foundation
import Testing

@testable import Policy

/// Each file of a model in some thousand damaged forms: what can't be loaded is a `CheckpointError` that names the
/// file, never a crash. `ASSAY_FUZZ=100 swift test --filter HostileFileTests` tries a hundred times as many, from
/// other seeds with `ASSAY_FUZZ_SEED`.
@Suite("Checkpoints: hostile files")
struct HostileFileTests {
  private static let effort = setting("ASSAY_FUZZ") ?? 1
  private static let seed = setting("ASSAY_FUZZ_SEED") ?? 1

  private static func setting(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init)
  }

  /// Loads a file in many damaged forms.
  /// - Returns: How many were errors, and how many could be loaded all the same.
  private func fuzz(
    _ path: String, folder: String, rounds: Int, damage: (inout Mutator, inout [UInt8]) -> Void,
    load: () throws(CheckpointError) -> Void
  ) throws -> (errors: Int, loaded: Int) {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    try load()
    var mutator = Mutator(seed: UInt64(truncatingIfNeeded: Self.seed))
    var (errors, loaded) = (0, 0)
    for _ in 0..<rounds * Self.effort {
      var bytes = whole
      for _ in 0...Int.random(in: 0..<3, using: &mutator) { damage(&mutator, &bytes) }
      try Data(bytes).write(to: URL(filePath: path))
      do throws(CheckpointError) {
        try load()
        loaded += 1
      } catch {
        errors += 1
        #expect(error.file.hasPrefix(folder), "\(error)")
        #expect(error.message.count > 20 && error.message.count < 800, "\(error)")
      }
    }
    return (errors, loaded)
  }

  @Test(
    "a file of a folder",
    arguments: [
      ("config.json", 700), ("tokenizer.json", 900), ("tokenizer_config.json", 300),
      ("generation_config.json", 300),
      ("special_tokens_map.json", 100), ("chat_template.jinja", 100), ("model.safetensors.index.json", 300),
    ])
  func folder(name: String, rounds: Int) throws {
    try Golden.withFolder { folder in
      try TinyFiles.write(to: folder)
      let (errors, loaded) = try fuzz(
        folder + "/" + name, folder: folder, rounds: rounds, damage: { $0.damageJSON(&$1) },
        load: { () throws(CheckpointError) in
          let checkpoint = try Checkpoint.load(folder)
          _ = checkpoint.tokenizer.encode("ab 12 abc<end>é", allowSpecial: true)
          _ = try? checkpoint.tokenizer.render(
            [ChatMessage(role: "user", content: "a")], addGenerationPrompt: true)
        })
      // A template's faults come up when it is rendered.
      if name != "chat_template.jinja" {
        #expect(errors > rounds / 4, "\(name): \(errors) errors, \(loaded) loaded")
      }
      #expect(loaded > rounds / 50, "\(name): \(errors) errors, \(loaded) loaded")
    }
  }

  @Test("shapes of every architecture", arguments: try architectures())
  func config(name: String) throws {
    try Golden.withFolder { folder in
      let path = folder + "/config.json"
      try FileManager.default.copyItem(atPath: Golden.path(name + "/config.json"), toPath: path)
      if name == "architectures/gemma-2" {
        // Of a family that is not supported, and said to be.
        let error = #expect(throws: CheckpointError.self) { try ModelConfig(jsonFile: path) }
        #expect(error?.message.contains("gemma2") == true)
        return
      }
      _ = try ModelConfig(jsonFile: path)
      _ = try fuzz(
        path, folder: folder, rounds: 200, damage: { $0.damageJSON(&$1) },
        load: { () throws(CheckpointError) in
          let config = try ModelConfig(jsonFile: path)
          if config.layers < 8 { _ = ParameterLayout(config).count }
        })
    }
  }

  private static func architectures() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: Golden.path("architectures")).sorted()
      .map { "architectures/" + $0 } + ["tiny-tied"]
  }

  @Test("safetensors: the header as text, and the bytes", arguments: [true, false])
  func safetensors(asText: Bool) throws {
    try Golden.withFolder { folder in
      let path = folder + "/model.safetensors"
      try TinyFiles.writeTensors(to: path)
      let (errors, loaded) = try fuzz(
        path, folder: folder, rounds: 1000,
        damage: { mutator, bytes in
          guard asText, bytes.count > 8 else { return mutator.damage(&bytes, head: 700) }
          let length = min(bytes.count - 8, TinyFiles.headerLength(bytes))
          var header = Array(bytes[8..<8 + length])
          mutator.damageJSON(&header)
          bytes.replaceSubrange(8..<8 + length, with: header)
          TinyFiles.setHeaderLength(&bytes, header.count)
        },
        load: { () throws(CheckpointError) in
          let file = try SafetensorsFile(path)
          for name in file.names {
            do throws(CheckpointError) { _ = try file.tensor(name) } catch { _ = try file.integers(name) }
          }
        })
      #expect(errors > 500, "\(errors) errors, \(loaded) loaded")
      #expect(loaded > 5, "\(errors) errors, \(loaded) loaded")
    }
  }

  @Test("GGUF: numbers of its head, and the bytes", arguments: [true, false])
  func gguf(asFields: Bool) throws {
    try Golden.withFolder { folder in
      try TinyFiles.write(to: folder)
      let path = folder + "/model.gguf"
      try Checkpoint.load(folder).writeGGUF(to: path)
      let (fields, head) = try TinyFiles.fields(ofGGUF: path)
      let (errors, loaded) = try fuzz(
        path, folder: folder, rounds: 1500,
        damage: { mutator, bytes in
          if asFields, bytes.count > head {
            mutator.damage(&bytes, fields: fields)
          } else {
            mutator.damage(&bytes, head: head)
          }
        }, load: { () throws(CheckpointError) in _ = try Checkpoint.load(path) })
      #expect(errors > 500, "\(errors) errors, \(loaded) loaded")
      #expect(loaded > 50, "\(errors) errors, \(loaded) loaded")
    }
  }

  @Test("vocabularies of SentencePiece's kind", arguments: ["tokenizer.json", "model.gguf"])
  func sentencePiece(name: String) throws {
    try Golden.withFolder { folder in
      let path = folder + "/" + name
      try FileManager.default.copyItem(atPath: Golden.path("tokenizers/llama-2/" + name), toPath: path)
      let (errors, loaded) = try fuzz(
        path, folder: folder, rounds: 200,
        damage: { name == "model.gguf" ? $0.damage(&$1, head: 22_000) : $0.damageJSON(&$1) },
        load: { () throws(CheckpointError) in
          let tokenizer =
            name == "model.gguf" ? try GGUFFile(path).tokenizer() : try Tokenizer(folder: folder)
          _ = tokenizer.decode(tokenizer.encode("the text, 東", allowSpecial: true), skipSpecialTokens: false)
        })
      #expect(errors > 20 && loaded > 2, "\(errors) errors, \(loaded) loaded")
    }
  }

  @Test("the files of an adapter", arguments: ["adapter_config.json", "adapter_model.safetensors"])
  func adapter(name: String) throws {
    try Golden.withFolder { folder in
      for file in ["adapter_config.json", "adapter_model.safetensors"] {
        try FileManager.default.copyItem(atPath: Golden.path("adapter/" + file), toPath: folder + "/" + file)
      }
      let (errors, _) = try fuzz(
        folder + "/" + name, folder: folder, rounds: 200,
        damage: { mutator, bytes in
          if name.hasSuffix("json") { mutator.damageJSON(&bytes) } else { mutator.damage(&bytes, head: 1500) }
        }, load: { () throws(CheckpointError) in _ = try LowRankAdapter.load(folder) })
      #expect(errors > 80, "\(errors) errors")
    }
  }

  @Test("a pipe or a folder in the place of a file is not waited for")
  func special() throws {
    try Golden.withFolder { folder in
      try TinyFiles.write(to: folder)
      for name in ["config.json", "tokenizer.json", "model.safetensors.index.json"] {
        let path = folder + "/" + name
        try FileManager.default.moveItem(atPath: path, toPath: path + ".kept")
        #expect(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.load(folder) }
        #expect(error == CheckpointError(file: path, message: "It is not a regular file."))
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".kept", toPath: path)
      }
      _ = try Checkpoint.load(folder)
    }
  }
}
