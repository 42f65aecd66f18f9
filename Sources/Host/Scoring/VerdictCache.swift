import Synchronization
import VerifierKit

/// Remembers verdicts of verifiers that wait, for groups repeat answers.
///
/// The key is a digest of 128 bits, keyed anew in each process, of the verifier (its code's digest, its options)
/// and of the sample. Every 64th question that is known is asked again all the same: a verifier that then
/// answers differently is reported, and not remembered any more.
public final class VerdictCache: Sendable {
  public struct Counts: Sendable, Equatable {
    public var hits = 0
    public var misses = 0
    /// Questions that were asked again.
    public var checks = 0
    /// Verifiers that gave two answers to one question, and the first such question of each.
    public var disagreements: [String: String] = [:]
  }

  private struct Key: Hashable {
    var first: Int
    var second: Int
  }

  private struct State {
    var counts = Counts()
    /// The newer half and the older one; what is asked for again moves over.
    var young: [Key: Verdict] = [:]
    var old: [Key: Verdict] = [:]
  }
  private let state = Mutex(State())
  private let half: Int

  /// - Parameter capacity: Verdicts kept at most.
  public init(capacity: Int = 1 << 16) { half = max(1, capacity / 2) }

  public var counts: Counts { state.withLock { $0.counts } }

  /// The verdict as it is known, or as `judge` gives it.
  func verdict(
    _ verifier: String, of name: String, _ completion: Completion, _ problem: Problem,
    judge: () async throws(VerifierFault) -> Verdict
  ) async throws(VerifierFault) -> Verdict {
    let key = Self.key(verifier, completion, problem)
    let (known, isChecked) = look(up: key, of: name)
    if let known, !isChecked { return known }
    let verdict = try await judge()
    note(verdict, key, known, name, problem)
    return verdict
  }

  private func look(up key: Key, of name: String) -> (Verdict?, isChecked: Bool) {
    state.withLock { state in
      guard state.counts.disagreements[name] == nil, let known = state.young[key] ?? state.old[key] else {
        state.counts.misses += 1
        return (nil, false)
      }
      state.counts.hits += 1
      if state.young[key] == nil { insert(known, key, &state) }
      let isChecked = state.counts.hits % 64 == 0
      if isChecked { state.counts.checks += 1 }
      return (known, isChecked)
    }
  }

  private func note(_ verdict: Verdict, _ key: Key, _ known: Verdict?, _ name: String, _ problem: Problem) {
    // How long a program took is not its own doing alone.
    guard !["time-limit", "memory-limit"].contains(verdict.reason) else { return }
    state.withLock { state in
      if let known, known.status != verdict.status || known.score != verdict.score {
        state.counts.disagreements[name] =
          "problem \(problem.id): \(known.status.rawValue) \(known.score), then \(verdict.status.rawValue) \(verdict.score)"
      }
      insert(verdict, key, &state)
    }
  }

  private func insert(_ verdict: Verdict, _ key: Key, _ state: inout State) {
    if state.young.count >= half {
      state.old = state.young
      state.young = [:]
    }
    state.young[key] = verdict
  }

  private static func key(_ verifier: String, _ completion: Completion, _ problem: Problem) -> Key {
    func digest(_ salt: UInt8) -> Int {
      var hasher = Hasher()
      hasher.combine(salt)
      hasher.combine(verifier)
      hasher.combine(completion)
      hasher.combine(problem)
      return hasher.finalize()
    }
    return Key(first: digest(1), second: digest(2))
  }
}
