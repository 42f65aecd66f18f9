import ArgumentParser
import Foundation
import Policy

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model as a Hugging Face folder or a GGUF file, an adapter merged into it.",
    discussion: """
      Examples:
        assay export --model runs/spark/checkpoints/step-3455 --output spark.gguf --type q8_0
        assay export --model base.gguf --output merged --adapter adapter
      Folders are what transformers loads, files what llama.cpp loads. Without --format, an --output that ends in .gguf \
      is one. Weights are stored as f32, bf16 (rounded to nearest) or, in GGUF files, q8_0 (a byte a weight).
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case hf, gguf }
  enum StoredType: String, CaseIterable, ExpressibleByArgument {
    case f32, bf16, q8_0

    var inGGUF: Checkpoint.GGUFType {
      switch self {
      case .f32: .float32
      case .bf16: .bfloat16
      case .q8_0: .q8_0
      }
    }
  }

  @Option(help: "A GGUF file or a Hugging Face folder.", completion: .file()) var model: String
  @Option(help: "The folder or file to write.", completion: .file()) var output: String
  @Option(help: "hf or gguf.") var format: Format?
  @Option(help: "f32, bf16 or q8_0.") var type = StoredType.f32
  @Option(help: "A folder with an adapter (LoRA, of peft) to merge.", completion: .directory) var adapter:
    String?
  @Flag(help: "Write over what --output holds.") var force = false

  private var isGGUF: Bool { format.map { $0 == .gguf } ?? output.lowercased().hasSuffix(".gguf") }

  func validate() throws {
    if type == .q8_0, !isGGUF {
      throw ValidationError("A Hugging Face folder holds f32 or bf16, not q8_0. Add --format gguf.")
    }
  }

  func run() throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: output, isDirectory: &isFolder)
    if exists, !force {
      throw CheckpointError(file: output, message: "It exists. Choose another --output, or add --force.")
    }
    if exists, isGGUF, isFolder.boolValue {
      throw CheckpointError(
        file: output, message: "It is a folder, and no GGUF file. Choose another --output.")
    }
    // Whatever is wrong with it is said before the model is read.
    let adapter = try adapter.map { try LowRankAdapter.load($0) }
    var checkpoint = try Checkpoint.load(model)
    if let adapter { checkpoint = try adapter.merged(into: checkpoint) }
    if isGGUF {
      try checkpoint.writeGGUF(to: output, type: type.inGGUF)
    } else {
      try checkpoint.write(to: output, type: type == .bf16 ? .bfloat16 : .float32)
    }
    let parameters = checkpoint.tensors.values.reduce(0) { $0 + $1.values.count }
    print("\(output): \(parameters.formatted()) parameters, \(type.rawValue)")
  }
}
