/// How much of the sandbox's isolation must be there. Below the level that a recipe demands, programs are not
/// run: each is a fault.
public enum IsolationLevel: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Limits alone hold for sure.
  case weak
  /// Besides: seccomp, and Landlock or a private root. What a container without user namespaces has.
  case container
  /// Besides: Landlock and a private root, both; user, mount, network, PID, IPC and UTS namespaces.
  case strong

  public static func < (a: IsolationLevel, b: IsolationLevel) -> Bool { a.rank < b.rank }
  private var rank: Int {
    switch self {
    case .weak: 0
    case .container: 1
    case .strong: 2
    }
  }
}
