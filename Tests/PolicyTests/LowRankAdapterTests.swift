import Foundation
import Testing

@testable import Policy

/// Golden/adapter/ is tools/golden_adapter.py's: an adapter as `peft` saves it, for the model of tiny-untied/.
@Suite("Adapters: files of peft")
struct LowRankAdapterTests {
  private static func adapter() throws -> LowRankAdapter { try .load(Golden.path("adapter")) }

  @Test("read, and merged as peft merges")
  func reading() throws {
    let adapter = try Self.adapter()
    #expect(adapter.rank == 3)
    #expect(adapter.alpha == 5)
    #expect(adapter.scale == 5.0 / 3)
    #expect(adapter.dropout == 0.1)
    #expect(Set(adapter.targetModules) == ["q_proj", "v_proj", "down_proj"])
    #expect(adapter.baseModel == "tiny-untied")
    #expect(adapter.pairs.count == 6)
    let down = try #require(adapter.pairs["model.layers.1.mlp.down_proj"])
    #expect(down.down.shape == [3, 80])
    #expect(down.up.shape == [48, 3])

    let base = try CheckpointTests.tiny("tiny-untied")
    let merged = try adapter.merged(into: base)
    let expected = try SafetensorsFile(Golden.path("adapter/merged.safetensors"))
    for (name, tensor) in merged.tensors where !expected.names.contains(name) {
      #expect(tensor == base.tensors[name])
    }
    for name in expected.names {
      let (mine, theirs) = (try #require(merged.tensors[name]).values, try expected.tensor(name).values)
      #expect(zip(mine, theirs).allSatisfy { abs($0 - $1) < 1e-6 }, "\(name)")
      #expect(mine != base.tensors[name]?.values)
    }
  }

  @Test("written and read again", arguments: [true, false])
  func roundTrip(stabilised: Bool) throws {
    var adapter = try Self.adapter()
    adapter.isRankStabilised = stabilised
    try Golden.withFolder { folder in
      try adapter.write(to: folder + "/a/adapter/")
      #expect(try LowRankAdapter.load(folder + "/a/adapter") == adapter)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/a/adapter").sorted()
      #expect(files == ["adapter_config.json", "adapter_model.safetensors"])
      try adapter.write(to: folder + "/a/adapter", type: .bfloat16)
      #expect(try LowRankAdapter.load(folder + "/a/adapter").pairs.keys == adapter.pairs.keys)
    }
  }

  @Test(
    "a configuration that isn't plain LoRA",
    arguments: [
      (#""LORA""#, #""IA3""#, "peft_type"), (#""use_dora": false"#, #""use_dora": true"#, "use_dora"),
      (#""bias": "none""#, #""bias": "all""#, "bias"), (#""r": 3"#, #""r": 4"#, "rank"),
      (#""r": 3"#, #""r": -1"#, "rank is -1"), (#""r": 3"#, #""r": "x""#, "“r”"),
      (#""rank_pattern": {}"#, #""rank_pattern": {"q_proj": 8}"#, "rank_pattern"),
      (#""modules_to_save": null"#, #""modules_to_save": ["lm_head"]"#, "modules_to_save"),
      (#""init_lora_weights": true"#, #""init_lora_weights": "pissa""#, "init_lora_weights"),
      (#""peft_type""#, #""use_next_year": true, "peft_type""#, "use_next_year"),
      (#""lora_alpha": 5"#, #""lora_alpha": 1e999"#, "no number"),
      (#""lora_dropout": 0.1"#, #""lora_dropout": 7"#, "dropout"),
      (#""q_proj""#, #""k_proj""#, "none of the target modules"),
    ])
  func unsupported(original: String, changed: String, message: String) throws {
    let text = try String(contentsOfFile: Golden.path("adapter/adapter_config.json"), encoding: .utf8)
    #expect(text.contains(original))
    try Golden.withFolder { folder in
      try FileManager.default.copyItem(
        atPath: Golden.path("adapter/adapter_model.safetensors"),
        toPath: folder + "/adapter_model.safetensors")
      try text.replacing(original, with: changed)
        .write(toFile: folder + "/adapter_config.json", atomically: true, encoding: .utf8)
      let error = #expect(throws: CheckpointError.self) { try LowRankAdapter.load(folder) }
      #expect(error?.file.hasPrefix(folder) == true)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test("merged into another model than its own, it says which matrix doesn't fit")
  func misfit() throws {
    let base = try CheckpointTests.tiny("tiny-untied")
    var adapter = try Self.adapter()
    adapter.pairs["model.layers.9.self_attn.q_proj"] = adapter.pairs["model.layers.0.self_attn.q_proj"]
    let missing = #expect(throws: CheckpointError.self) { try adapter.merged(into: base) }
    #expect(missing?.message.contains("layers.9") == true)
    adapter = try Self.adapter()
    adapter.pairs["model.layers.0.mlp.down_proj"] = adapter.pairs["model.layers.0.self_attn.q_proj"]
    let shape = #expect(throws: CheckpointError.self) { try adapter.merged(into: base) }
    #expect(shape?.message.contains("has shape [48, 80]") == true)
  }
}
