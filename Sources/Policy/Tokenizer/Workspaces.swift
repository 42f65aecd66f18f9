import Synchronization

/// What encoding a text needs besides the tokenizer, kept for the next text.
struct Workspace {
  var merging = BytePairEncoding.Scratch()
  /// A normalised text.
  var text: [UInt8] = []
}

/// Workspaces at rest: as many as there were texts at once. They change no result, only how soon it is there.
final class Workspaces: Sendable {
  private let resting = Mutex<[Workspace]>([])

  func borrow(_ body: (inout Workspace) -> Void) {
    var workspace = resting.withLock { $0.popLast() } ?? Workspace()
    body(&workspace)
    resting.withLock { [workspace] in $0.append(workspace) }
  }
}
