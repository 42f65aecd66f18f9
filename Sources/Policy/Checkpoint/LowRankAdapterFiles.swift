import Foundation

/// `adapter_config.json` and `adapter_model.safetensors` of the Python package `peft`.
///
/// Read is plain LoRA of linear layers. Whatever else the configuration turns on (DoRA, biases, ranks that differ,
/// whole modules that were trained) would change the sums, so it is an error.
extension LowRankAdapter {
  private static let prefix = "base_model.model."
  private static let downSuffix = ".lora_A.weight"
  private static let upSuffix = ".lora_B.weight"

  /// Reads the folder of an adapter.
  /// - Throws: `CheckpointError` that names the file and what of it isn't as it should be.
  public static func load(_ folder: String) throws(CheckpointError) -> LowRankAdapter {
    let configFile = folder + "/adapter_config.json"
    let config = try MappedFile.json(configFile)
    func error(_ what: String) -> CheckpointError { CheckpointError(file: configFile, message: what) }
    try check(config, file: configFile)
    guard let rank = config["r"]?.int, let alpha = config["lora_alpha"]?.double else {
      throw error("“r” or “lora_alpha” is missing, or no number. Save the adapter again.")
    }
    let weightsFile = folder + "/adapter_model.safetensors"
    let pairs = try pairs(weightsFile)
    // A regular expression, or “all-linear”: what it stood for is in the weights.
    var targets = Set(pairs.keys.map { $0.split(separator: ".").last.map(String.init) ?? $0 }).sorted()
    if let list = config["target_modules"]?.array { targets = list.compactMap(\.string) }
    let adapter = LowRankAdapter(
      rank: rank, alpha: alpha, isRankStabilised: config["use_rslora"]?.bool ?? false,
      dropout: config["lora_dropout"]?.double ?? 0, targetModules: targets,
      baseModel: config["base_model_name_or_path"]?.string ?? "", pairs: pairs)
    if let fault = adapter.fault {
      throw CheckpointError(file: weightsFile, message: "By adapter_config.json, \(fault). Save it again.")
    }
    return adapter
  }

  private static func pairs(_ path: String) throws(CheckpointError) -> [String: Pair] {
    let file = try SafetensorsFile(path)
    var pairs: [String: Pair] = [:]
    for name in file.names where !name.hasSuffix(upSuffix) {
      guard name.hasPrefix(prefix), name.hasSuffix(downSuffix) else {
        throw CheckpointError(file: path, message: "\(name) is no factor of a linear layer's adapter.")
      }
      let layer = String(name.dropFirst(prefix.count).dropLast(downSuffix.count))
      pairs[layer] = Pair(
        down: try file.tensor(name), up: try file.tensor(prefix + layer + upSuffix))
    }
    guard file.names.count == 2 * pairs.count else {
      throw CheckpointError(file: path, message: "A factor lora_B has no lora_A. Save the adapter again.")
    }
    return pairs
  }

  /// Keys that say nothing of the sums, or are read by `load`.
  private static let known: Set<String> = [
    "auto_mapping", "base_model_name_or_path", "bias", "corda_config", "ensure_weight_tying", "eva_config",
    "exclude_modules", "inference_mode", "init_lora_weights", "layers_pattern", "layers_to_transform",
    "loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_config", "megatron_core",
    "peft_type", "peft_version", "qalora_group_size", "r", "revision", "runtime_config", "target_modules",
    "task_type", "use_rslora",
  ]

  private static func check(_ config: JSON, file: String) throws(CheckpointError) {
    func error(_ what: String) -> CheckpointError { CheckpointError(file: file, message: what) }
    guard let entries = config.object else { throw error("It holds no object. Save the adapter again.") }
    guard config["peft_type"]?.string == "LORA" else {
      throw error("peft_type \(config["peft_type"]?.compactText ?? "null") is not supported, only LORA.")
    }
    for (key, value) in entries where !known.contains(key) && !value.isOff {
      throw error("\(key) \(value.compactText.prefix(80)) is not supported, only plain LoRA.")
    }
    if let bias = config["bias"], !bias.isOff, bias.string != "none" {
      throw error("bias \(bias.compactText.prefix(80)) is not supported, only “none”.")
    }
    // The other ways to begin take something away from the model's own weights.
    let start = config["init_lora_weights"]
    guard start?.bool != nil || ["gaussian", "orthogonal", "eva"].contains(start?.string) || start == nil
    else {
      throw error("init_lora_weights \(start?.compactText.prefix(80) ?? "") changes the model's own weights.")
    }
  }

  /// Writes the folder of an adapter, which `peft` loads. Each file is replaced as a whole, the weights last; other
  /// files of the folder stay.
  /// - Parameter type: of the stored factors.
  public func write(
    to folder: String, type: Checkpoint.StoredType = .float32
  ) throws(CheckpointError) {
    let folder = FileFolder.normalized(folder)
    if let fault {
      throw CheckpointError(file: folder, message: "The adapter isn't written: \(fault).")
    }
    var tensors: [String: HostTensor] = [:]
    for (layer, pair) in pairs {
      tensors[Self.prefix + layer + Self.downSuffix] = pair.down
      tensors[Self.prefix + layer + Self.upSuffix] = pair.up
    }
    let shapes = tensors.map { (name: $0.key, shape: $0.value.shape) }.sorted { $0.name < $1.name }
    try FileFolder.make(folder)
    try WrittenFile.replace(folder + "/adapter_config.json") { file throws(CheckpointError) in
      try file.append(Array(json.text.utf8))
    }
    try WrittenFile.replace(folder + "/adapter_model.safetensors") { file throws(CheckpointError) in
      try SafetensorsFile.write(shapes, type, to: file) { tensors[$0]?.values ?? [] }
    }
  }

  private var json: JSON {
    .object([
      ("base_model_name_or_path", baseModel.isEmpty ? .null : .string(baseModel)), ("bias", .string("none")),
      ("fan_in_fan_out", .bool(false)), ("inference_mode", .bool(true)), ("init_lora_weights", .bool(true)),
      ("lora_alpha", .number(alpha)), ("lora_dropout", .number(dropout)), ("modules_to_save", .null),
      ("peft_type", .string("LORA")), ("r", .int(rank)),
      ("target_modules", .array(targetModules.map(JSON.string))), ("task_type", .string("CAUSAL_LM")),
      ("use_dora", .bool(false)), ("use_rslora", .bool(isRankStabilised)),
    ])
  }
}

extension JSON {
  /// Whether a setting asks for nothing.
  fileprivate var isOff: Bool {
    switch self {
    case .null: true
    case .bool(let value): !value
    case .number, .string: false
    case .array(let values): values.isEmpty
    case .object(let entries): entries.isEmpty
    }
  }
}
