public import VerifierKit
import Foundation

/// Where in its recipe a run is.
struct RunPosition: Codable, Sendable, Equatable {
  /// Optimiser steps of the whole run so far.
  var step = 0
  /// Number of the stage that is under way or comes next; as many as there are stages when all are done.
  var stage = 0
  /// Steps of that stage so far; 0: it has not begun.
  var stageStep = 0
  /// Where in the sequence of training problems that stage begins.
  var nextProblem = 0
  /// Whether what was trained so far is still to be measured on held-out problems.
  var awaitsEvaluation = true

  var isStageEnd: Bool { stageStep == 0 }
}

/// `trainer-state/state.json` of a checkpoint: all that a resumed run needs and that is no tensor.
struct TrainerState: Codable, Sendable {
  static let currentFormat = 1

  /// Of each log, bytes so far.
  struct Logs: Codable, Sendable {
    var metrics: Int
    var timings: Int
    /// Name of TensorBoard's file.
    var board: String
    var boardBytes: Int
    /// Of the last step in `rollouts.sqlite`.
    var rolloutStep: Int64
  }

  var format = Self.currentFormat
  var position: RunPosition
  /// Of the whole run so far.
  var wallSeconds: Double
  /// Updates that the moments have seen; nil between stages, which begin with new ones.
  var optimizerSteps: Int?
  var logs: Logs
  /// What sums depend on to the last bit.
  var threads: Int
  var precision: String
  /// By name, whatever else remembers something from step to step: a curriculum, a controller, a monitor.
  var memories: [String: JSONValue] = [:]
}

extension JSONValue {
  /// Any value as JSON, for `TrainerState.memories`.
  public init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
  }

  public func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
  }
}
