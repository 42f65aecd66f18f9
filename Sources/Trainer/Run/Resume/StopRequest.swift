import Synchronization

/// Asks a run to save and end after the step that it is in; any thread may.
public final class StopRequest: Sendable {
  private let request = Atomic<Bool>(false)

  public init() {}

  public func stop() { request.store(true, ordering: .relaxed) }
  public var isRequested: Bool { request.load(ordering: .relaxed) }
}

/// A run ended early because it was asked to; its last checkpoint holds everything.
public struct RunStopped: Error, CustomStringConvertible {
  public var folder: RunFolder
  public var step: Int

  public var description: String {
    "Stopped after step \(step), which is saved. Go on with: assay resume \(folder.url.relativePath)"
  }
}
