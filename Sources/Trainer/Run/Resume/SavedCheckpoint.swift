import AssayNumerics
import Foundation
import Policy

/// A checkpoint that was read and found whole.
struct SavedCheckpoint: Sendable {
  let folder: URL
  let state: TrainerState

  private func file(_ name: String) -> URL { folder.appending(path: "trainer-state/\(name)") }

  func policy() throws -> PolicySource {
    let checkpoint = try Checkpoint.load(folder.path)
    return PolicySource(parameters: try Parameters(checkpoint), tokenizer: checkpoint.tokenizer)
  }

  /// What the last harvest before kept.
  func harvested() throws -> [SFTExample] {
    let rows = file("harvested.jsonl")
    return FileManager.default.fileExists(atPath: rows.path) ? try SFTExample.read(rows) : []
  }

  func restore(_ factors: LowRankFactors, into parameters: Parameters) throws {
    var tensors = StateTensors()
    tensors.add("factors", factors.values)
    tensors.add("base", factors.base)
    try tensors.read(from: file("adapter.safetensors"))
    factors.merge(into: parameters)
  }

  func restore(_ optimizer: PolicyOptimizer) throws {
    var tensors = StateTensors()
    tensors.add(optimizer.moments, count: optimizer.count)
    try tensors.read(from: file("optimizer.safetensors"))
    optimizer.steps = state.optimizerSteps ?? 0
  }

  func restore(reference: Parameters) throws {
    guard FileManager.default.fileExists(atPath: file("reference.safetensors").path) else {
      throw RunError(
        "\(folder.path) holds no reference policy: kl_coefficient was 0. It can be raised where a stage begins."
      )
    }
    var tensors = StateTensors()
    tensors.add("parameters", reference.buffer)
    try tensors.read(from: file("reference.safetensors"))
    reference.changed()
  }
}

/// What a checkpoint holds beside the policy, while it is written.
struct CheckpointParts {
  var state: TrainerState
  var optimizer: PolicyOptimizer?
  var reference: Parameters?
  var factors: LowRankFactors?
  var harvested: [SFTExample] = []

  /// Into a folder that holds the policy and is still to be renamed.
  func write(to folder: URL) throws {
    let place = folder.appending(path: "trainer-state")
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    } catch {
      throw RunError("Can't create \(place.path): \(error.localizedDescription). Free some space.")
    }
    func write(_ name: String, _ fill: (inout StateTensors) -> Void) throws(RunError) {
      var tensors = StateTensors()
      fill(&tensors)
      try tensors.write(to: place.appending(path: name))
    }
    if let optimizer {
      try write("optimizer.safetensors") { $0.add(optimizer.moments, count: optimizer.count) }
    }
    if let reference { try write("reference.safetensors") { $0.add("parameters", reference.buffer) } }
    if let factors {
      try write("adapter.safetensors") {
        $0.add("factors", factors.values)
        $0.add("base", factors.base)
      }
    }
    if !harvested.isEmpty {
      try writeThrough(
        [Data(harvested.map { $0.row.text + "\n" }.joined().utf8)],
        to: place.appending(path: "harvested.jsonl"))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try writeThrough([try encoder.encode(state)], to: place.appending(path: "state.json"))
    try writeThrough(
      [try encoder.encode(try CheckpointManifest(of: folder))],
      to: folder.appending(path: CheckpointManifest.path))
    try syncFolder(place)
  }
}
