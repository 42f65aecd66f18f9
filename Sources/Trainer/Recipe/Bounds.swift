/// Which numbers a field takes, and the words for it.
struct Bounds<Value: Comparable & Sendable>: Sendable {
  let words: String
  let contains: @Sendable (Value) -> Bool

  static func atLeast(_ least: Value) -> Bounds {
    Bounds(words: "at least \(least)") { $0 >= least }
  }

  static func above(_ bound: Value) -> Bounds {
    Bounds(words: "more than \(bound)") { $0 > bound }
  }

  static func from(_ least: Value, to most: Value) -> Bounds {
    Bounds(words: "from \(least) to \(most)") { $0 >= least && $0 <= most }
  }

  static func above(_ bound: Value, upTo most: Value) -> Bounds {
    Bounds(words: "more than \(bound) and at most \(most)") { $0 > bound && $0 <= most }
  }

  static func from(_ least: Value, below bound: Value) -> Bounds {
    Bounds(words: "at least \(least) and less than \(bound)") { $0 >= least && $0 < bound }
  }
}
