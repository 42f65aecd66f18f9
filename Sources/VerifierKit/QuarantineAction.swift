/// What happens to a run when a plugin's workers broke so often in a row that none is started any more.
public enum QuarantineAction: String, Sendable, Hashable, CaseIterable {
  /// It waits, before the next step, until a mended version lies in the plugin's folder.
  case pause
  /// It goes on without the plugin: its weight leaves the sum for all samples alike.
  case `continue`
}
