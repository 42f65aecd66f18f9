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
  /// - Throws: A number in it that isn't finite.
  public var json: JSONValue {
    get throws(RunError) {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      do {
        return try JSONValue(parsing: String(decoding: try encoder.encode(self), as: UTF8.self))
      } catch {
        throw RunError(
          "The state of a grpo stage can't be saved. Lower balance.rate, or leave balance out: \(error)")
      }
    }
  }
}
