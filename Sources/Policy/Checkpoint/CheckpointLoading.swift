import Foundation

extension Checkpoint {
  /// Reads a model: a `.gguf` file, or a Hugging Face folder with `config.json`, `model.safetensors` (or its
  /// parts with `model.safetensors.index.json`) and `tokenizer.json`.
  /// - Throws: `CheckpointError` that names the file and the place where it isn't what it should be.
  public static func load(_ path: String) throws(CheckpointError) -> Checkpoint {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError(
        file: path, message: "There is no such file or folder. Give a .gguf file or a Hugging Face folder.")
    }
    guard isFolder.boolValue else { return try GGUFFile(path).checkpoint() }
    var config = try ModelConfig(jsonFile: path + "/config.json")
    var tokenizer = try Tokenizer(folder: path)
    for id in config.eosTokens where !tokenizer.eosTokens.contains(Int32(id)) {
      tokenizer.eosTokens.append(Int32(id))
    }
    config.eosTokens = tokenizer.eosTokens.map(Int.init)
    if let fault = config.fault { throw CheckpointError(file: path + "/config.json", message: "\(fault).") }
    guard tokenizer.vocabularySize <= config.vocabularySize else {
      throw CheckpointError(
        file: path + "/tokenizer.json",
        message:
          "It has \(tokenizer.vocabularySize) tokens, the model embeddings of \(config.vocabularySize).")
    }
    return Checkpoint(
      config: config, tensors: try weights(folder: path, config), tokenizer: tokenizer, origin: path)
  }

  /// The weights of a Hugging Face folder that `config` asks for; others that it may hold are left alone.
  public static func weights(
    folder: String, _ config: ModelConfig
  ) throws(CheckpointError) -> [String: HostTensor] {
    let index = folder + "/model.safetensors.index.json"
    var places: [String: String] = [:]
    var whole: SafetensorsFile?
    // As transformers does: parts only where there is no whole.
    if !FileManager.default.fileExists(atPath: folder + "/model.safetensors"),
      FileManager.default.fileExists(atPath: index)
    {
      guard let map = try MappedFile.json(index)["weight_map"]?.object else {
        throw CheckpointError(file: index, message: "“weight_map” is missing. Fetch the file again.")
      }
      for (name, file) in map {
        guard let file = file.string, !file.isEmpty, !file.contains("/"), file != ".." else {
          throw CheckpointError(file: index, message: "The place of \(name) is no name of a file.")
        }
        places[name] = file
      }
    } else {
      whole = try SafetensorsFile(folder + "/model.safetensors")
    }
    var parts: [String: SafetensorsFile] = [:]
    var tensors: [String: HostTensor] = [:]
    for entry in ParameterLayout(config).entries {
      let file: SafetensorsFile
      if let whole {
        file = whole
      } else if let part = places[entry.name] {
        if let open = parts[part] { file = open } else { file = try SafetensorsFile(folder + "/" + part) }
        parts[part] = file
      } else {
        throw CheckpointError(
          file: index, message: "The tensor \(entry.name) is missing. Export the model again.")
      }
      if let shape = file.shape(of: entry.name), shape != entry.shape {
        throw CheckpointError(
          file: file.path, message: "\(entry.name) has shape \(shape), config.json implies \(entry.shape).")
      }
      tensors[entry.name] = try file.tensor(entry.name)
    }
    return tensors
  }
}
