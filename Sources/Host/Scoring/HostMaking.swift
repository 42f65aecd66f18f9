public import Foundation
public import VerifierKit
import Verifiers

extension VerifierHost {
  /// A host from names: built-in verifiers first, then plugins, which must pass their gate.
  /// - Parameters:
  ///   - rewards: By domain.
  ///   - pluginFolders: Folders whose subfolders are plugins.
  ///   - judge: For `python-tests`.
  /// - Throws: `VerifierFault` for a built-in's options, `PluginError` for a plugin.
  public static func make(
    rewards: [String: [RewardSpecification]], pluginFolders: [URL] = [],
    judge: (any ProgramJudge)?, jobs: Int? = nil
  ) async throws -> VerifierHost {
    var made: [String: [RewardComponent]] = [:]
    var handles: [String: PluginHandle] = [:]
    for (domain, specifications) in rewards.sorted(by: { $0.key < $1.key }) {
      for (index, specification) in specifications.enumerated() {
        guard !specifications[..<index].contains(where: { $0.name == specification.name }) else {
          throw VerifierFault(
            reason: "verifier-twice",
            message: "“\(specification.name)” is named twice for “\(domain)”. Name each verifier once.")
        }
        var component: RewardComponent
        let options = JSONValue.object(specification.options).text
        let isBuiltIn = builtInVerifiers.contains { $0.name == specification.name }
        if !isBuiltIn, let folder = try find(specification.name, in: pluginFolders) {
          let key =
            "\(specification.name) \(options) \(specification.deadline.map { "\($0)" } ?? "") "
            + "\(specification.allowsGameable) \(specification.onQuarantine)"
          let handle: PluginHandle
          if let known = handles[key] {
            handle = known
          } else {
            handle = try await PluginHandle(folder, specification)
            handles[key] = handle
          }
          component = RewardComponent(
            name: specification.name, weight: specification.weight, verifier: handle,
            waits: folder.manifest.isolation == .worker || handle.plugin.description.cost != .micros)
          component.plugin = handle
          component.endsByItself = folder.manifest.isolation == .worker
          component.cacheKey = {
            let plugin = handle.plugin
            return plugin.description.isDeterministic ? "\(plugin.digest) \(options)" : nil
          }
        } else {
          let verifier = try makeVerifier(
            specification.name, options: specification.options, judge: judge)
          // All others take microseconds and have bounds of their own.
          let waits = specification.name == "python-tests"
          component = RewardComponent(
            name: specification.name, weight: specification.weight, verifier: verifier, waits: waits)
          component.endsByItself = waits
          if waits { component.cacheKey = { "\(specification.name) \(options)" } }
        }
        made[domain, default: []].append(component)
      }
    }
    return VerifierHost(components: made, jobs: jobs)
  }

  private static func find(_ name: String, in folders: [URL]) throws(PluginError) -> PluginFolder? {
    for folder in folders {
      if let plugin = try PluginFolder.find(name, in: folder) { return plugin }
    }
    return nil
  }
}
