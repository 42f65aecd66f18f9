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
    let (before, after) = taken.add(count, ordering: .relaxed) as (oldValue: Int, newValue: Int)
    if after > places, before > 0 {
      taken.subtract(count, ordering: .relaxed)
      throw .overloaded
    }
  }

  func leave(_ count: Int) { taken.subtract(count, ordering: .relaxed) }
}
