import VerifierKit

/// What a GRPO stage remembers from step to step beside weights, moments and reference, by name: a curriculum's pass rates,
/// a controller's weights. A part that does adds a line to both; a checkpoint keeps it.
extension GRPOTrainer {
  func memories() throws(RunError) -> [String: JSONValue] { ["grpo": try state.json] }

  /// What `memories` gave, of the checkpoint that the stage goes on from.
  func recall(_ memories: [String: JSONValue]) throws {
    if let memory = memories["grpo"] { state = try GRPOTrainerState(json: memory) }
  }
}
