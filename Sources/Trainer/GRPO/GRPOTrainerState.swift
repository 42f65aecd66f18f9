import Foundation
public import VerifierKit

/// What a GRPO stage leaves from step to step beside weights, optimiser and reference: part of a checkpoint.
public struct GRPOTrainerState: Codable, Sendable, Equatable {
  public var curriculum: CurriculumState
  public var balance: BalanceState

  public init(curriculum: CurriculumState = CurriculumState(), balance: BalanceState = BalanceState()) {
    self.curriculum = curriculum
    self.balance = balance
  }
}

extension GRPOTrainerState {
  /// - Throws: A value that no trainer's state wrote.
  public init(json: JSONValue) throws(RunError) {
    do {
      self = try JSONDecoder().decode(GRPOTrainerState.self, from: Data(json.text.utf8))
    } catch {
      throw RunError(
        "The checkpoint's state of a grpo stage can't be read. Resume from an earlier checkpoint: \(error)")
    }
  }

  /// The same value again when it is read, to the last digit.
  public var json: JSONValue {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    return (try? JSONValue(parsing: text)) ?? .null
  }
}
