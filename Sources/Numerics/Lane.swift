/// How many threads one stream of work may use.
///
/// A large model runs as one lane of all threads, which share every operation. A small one, whose operations are too
/// short to share, runs as several lanes of one thread on different data.
public struct Lane: Sendable {
  public let threads: Int
  public init(threads: Int) { self.threads = max(1, threads) }

  /// Calls `body` with disjoint ranges that cover 0..<count, on up to `threads` threads.
  public func split(_ count: Int, atLeast minimum: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
    let parts = min(threads, max(1, count / max(1, minimum)))
    if parts <= 1 {
      if count > 0 { body(0..<count) }
      return
    }
    Team.shared(threads).run(parts) { part in
      body(count * part / parts..<count * (part + 1) / parts)
    }
  }

  /// Calls `body` for 0..<count, each taken by the next free thread: for items of unequal size.
  public func each(_ count: Int, _ body: @Sendable (Int) -> Void) {
    if threads == 1 || count <= 1 {
      for index in 0..<count { body(index) }
    } else {
      Team.shared(threads).run(count, body)
    }
  }
}

/// A pointer that a `@Sendable` closure may capture: the caller promises disjoint writes.
public struct Unchecked<Value>: @unchecked Sendable {
  public let value: Value
  public init(_ value: Value) { self.value = value }
}
