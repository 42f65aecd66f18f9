import Synchronization

/// So many places; who finds none is sent away at once instead of waiting.
final class Admission: Sendable {
  private let taken = Atomic(0)
  private let places: Int

  init(places: Int) { self.places = places }

  var count: Int { taken.load(ordering: .relaxed) }

  /// - Throws: when there are not so many left. One request that asks for more than there are at all is let in
  ///   alone, or it could never be served.
  func enter(_ count: Int) throws(Refusal) {
    var before = self.count
    while true {
      if before > 0, before + count > places { throw .overloaded }
      let (isDone, now) = taken.compareExchange(
        expected: before, desired: before + count, ordering: .relaxed)
      if isDone { return }
      before = now
    }
  }

  func leave(_ count: Int) { taken.subtract(count, ordering: .relaxed) }
}
