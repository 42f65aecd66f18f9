import Foundation
import VerifierKit

/// What happens between two steps: new versions of plugins are taken, and quarantined ones waited for or left out.
extension VerifierHost {
  public func beginStep(say: @Sendable (String) -> Void) async throws {
    try await takeNewVersions(say: say)
    for handle in plugins {
      guard let reason = handle.plugin.quarantine, !handle.isSilenced else { continue }
      let name = handle.specification.name
      switch handle.specification.onQuarantine {
      case .continue:
        handle.isSilenced = true
        say("Plugin \(name) is quarantined (\(reason)); the run goes on without it.")
      case .pause:
        say(
          "Paused: plugin \(name) is quarantined (\(reason)). Mend it in \(handle.plugin.folder.url.path) and build "
            + "it: the run goes on by itself.")
        while handle.plugin.quarantine != nil {
          try await Task.sleep(for: .milliseconds(500))
          if let note = await handle.refresh() { say(note) }
        }
      }
    }
  }

  /// Takes the versions of plugins that lie in their folders now, where they pass.
  public func takeNewVersions(say: @Sendable (String) -> Void) async throws {
    for handle in plugins {
      if let note = await handle.refresh() { say(note) }
    }
  }

  /// Each plugin once for every set of options it is named with.
  var plugins: [PluginHandle] {
    var seen: Set<ObjectIdentifier> = []
    return components.sorted { $0.key < $1.key }.flatMap(\.value).compactMap(\.plugin)
      .filter { seen.insert(ObjectIdentifier($0)).inserted }
  }

  func isSilenced(_ component: RewardComponent) -> Bool { component.plugin?.isSilenced ?? false }
}
