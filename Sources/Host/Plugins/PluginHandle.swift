import Foundation
import Synchronization
import VerifierKit

/// A plugin as a reward: always its newest version that passed the gate.
final class PluginHandle: Verifier {
  let specification: RewardSpecification
  private let url: URL
  private let current: Mutex<Plugin>
  /// A version that was tried and refused is not tried again before it changes.
  private let refused = Mutex<PluginStamp?>(nil)
  private let silenced = Atomic(false)
  /// Whether the run goes on without it, until a mended version comes.
  var isSilenced: Bool {
    get { silenced.load(ordering: .relaxed) }
    set { silenced.store(newValue, ordering: .relaxed) }
  }

  init(_ folder: PluginFolder, _ specification: RewardSpecification) async throws(PluginError) {
    self.specification = specification
    url = folder.url
    let plugin = try await Self.load(folder, specification)
    try await Self.pass(plugin, specification)
    current = Mutex(plugin)
  }

  var plugin: Plugin { current.withLock { $0 } }

  func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    try await plugin.verify(completion, of: problem)
  }

  /// Takes the version that lies in the folder now, if it is another one and passes.
  /// - Returns: A sentence about what was done; nil when nothing has changed.
  func refresh() async -> String? {
    let old = plugin
    let stamp = PluginStamp(old.folder)
    guard stamp != old.stamp, refused.withLock({ $0 != stamp }) else { return nil }
    do throws(PluginError) {
      let new = try await Self.load(try PluginFolder(url), specification)
      if new.digest == old.digest, old.quarantine == nil {
        // Written anew with the same content: it has passed, and its workers may be replaced again.
        current.withLock { $0 = new }
        return nil
      }
      try await Self.pass(new, specification)
      current.withLock { $0 = new }
      isSilenced = false
      return "Plugin \(specification.name): now \(new.description.version) (\(new.digest.prefix(12))), "
        + "before \(old.description.version) (\(old.digest.prefix(12)))."
    } catch {
      refused.withLock { $0 = stamp }
      return "\(error.description) The version before goes on judging."
    }
  }

  /// On a thread of its own: it waits for a process, and for what that imports.
  private static func load(
    _ folder: PluginFolder, _ specification: RewardSpecification
  ) async throws(PluginError) -> Plugin {
    let result: Result<Plugin, PluginError> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        do throws(PluginError) {
          let plugin = try Plugin(
            folder, options: specification.options, deadline: specification.deadline)
          continuation.resume(returning: .success(plugin))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  private static func pass(_ plugin: Plugin, _ specification: RewardSpecification) async throws(PluginError) {
    let report = try await PluginGate(plugin).run(cases: plugin.folder.cases)
    if let first = (report.wrong + report.faults).first {
      throw PluginError(
        plugin: plugin.description.name,
        message: "it does not pass its gate: \(first). See all with `assay plugin check "
          + "\(plugin.folder.url.path)`.")
    }
    if let first = report.gameable.first, !specification.allowsGameable {
      throw PluginError(
        plugin: plugin.description.name,
        message:
          "it pays for nothing: \(first). Mend it, or say `allow_gameable: true` where the recipe names "
          + "it. See all with `assay plugin check \(plugin.folder.url.path)`.")
    }
  }
}
