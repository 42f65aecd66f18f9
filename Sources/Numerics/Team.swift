import CKernels
import Dispatch
import Foundation
import Synchronization

/// Threads that wait for short pieces of work: a decoding step has hundreds, of some microseconds each.
///
/// Whoever has work publishes a count of items; each thread, the caller among them, takes the next item until none is
/// left. A thread without work spins for some tens of microseconds and then sleeps, so that an idle process uses no
/// processor. Handing out costs about a microsecond where `DispatchQueue.concurrentPerform` takes ten.
final class Team: @unchecked Sendable {
  /// Threads of this many, the caller's among them; one team of each size a process.
  static func shared(_ threads: Int) -> Team {
    teams.withLock { teams in
      if let team = teams[threads] { return team }
      let team = Team(helpers: threads - 1)
      teams[threads] = team
      return team
    }
  }
  private static let teams = Mutex<[Int: Team]>([:])

  /// Number of the work in the upper half, items not yet taken in the lower.
  private let state = Atomic<UInt64>(0)
  private let finished = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  /// Of the current work: written before `state` is published, read after an item is taken.
  private var count = 0
  private var body: @Sendable (Int) -> Void = { _ in }
  private let helpers: [Helper]

  private final class Helper: Sendable {
    let isAsleep = Atomic<Bool>(false)
    let wake = DispatchSemaphore(value: 0)
  }

  private init(helpers: Int) {
    self.helpers = (0..<helpers).map { _ in Helper() }
    for (index, helper) in self.helpers.enumerated() {
      let thread = Thread { [self] in serve(helper) }
      thread.name = "assay.team.\(index)"
      thread.stackSize = 4 << 20
      thread.start()
    }
  }

  /// Calls `body` for 0..<count, and returns when all are done. When the team is at work already, for another caller
  /// or for an item that has come to need it, the caller does all of it alone.
  func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.count = count
      self.body = body
      finished.store(0, ordering: .relaxed)
      let work = (state.load(ordering: .relaxed) >> 32) &+ 1
      state.store(work << 32 | UInt64(count), ordering: .sequentiallyConsistent)
      for helper in helpers where helper.isAsleep.load(ordering: .sequentiallyConsistent) {
        if helper.isAsleep.exchange(false, ordering: .acquiringAndReleasing) { helper.wake.signal() }
      }
      takeAll()
      while finished.load(ordering: .acquiring) < count { ak_pause() }
      self.body = { _ in }
    }
    busy.store(false, ordering: .releasing)
  }

  /// Takes items until none is left.
  private func takeAll() {
    var seen = state.load(ordering: .acquiring)
    while seen & 0xffff_ffff > 0 {
      let (taken, now) = state.weakCompareExchange(
        expected: seen, desired: seen - 1, ordering: .acquiringAndReleasing)
      if taken {
        // The caller waits for this item: `count` and `body` stay what they are.
        body(count - Int(seen & 0xffff_ffff))
        finished.add(1, ordering: .acquiringAndReleasing)
        seen = state.load(ordering: .acquiring)
      } else {
        seen = now
      }
    }
  }

  private func serve(_ helper: Helper) {
    while true {
      takeAll()
      var spins = 0
      while state.load(ordering: .acquiring) & 0xffff_ffff == 0 {
        spins += 1
        if spins < 2_000 {
          ak_pause()
          continue
        }
        helper.isAsleep.store(true, ordering: .sequentiallyConsistent)
        // Work that was published before the caller could see that this thread sleeps.
        let isWork = state.load(ordering: .sequentiallyConsistent) & 0xffff_ffff > 0
        if !isWork || !helper.isAsleep.exchange(false, ordering: .acquiringAndReleasing) {
          helper.wake.wait()
        }
        spins = 0
      }
    }
  }
}
