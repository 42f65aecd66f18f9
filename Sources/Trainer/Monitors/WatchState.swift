import Foundation
public import VerifierKit

/// What monitors and the best checkpoint keep from step to step: a part of each checkpoint.
public struct WatchState: Codable, Sendable, Equatable {
  public var monitors = WatchMemory()
  public var best = BestCheckpoint()
}

extension WatchState {
  /// - Throws: what is wrong, where `json` is of another program.
  public init(json: JSONValue) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(json.text.utf8))
  }

  /// Numbers are written so that they are read as the same.
  public var json: JSONValue {
    get throws { try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(self)) }
  }
}
