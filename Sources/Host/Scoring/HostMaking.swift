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
    var libraries: [String: PluginLibrary] = [:]
    for (domain, specifications) in rewards {
      for specification in specifications {
        let verifier: any Verifier
        if let plugin = try find(specification.name, in: pluginFolders),
          !builtInVerifiers.contains(where: { $0.name == specification.name })
        {
          let library = try libraries[plugin.manifest.name] ?? PluginLibrary(plugin)
          if libraries.updateValue(library, forKey: plugin.manifest.name) == nil {
            try await pass(library)
          }
          verifier = try library.makeVerifier(options: specification.options)
        } else {
          verifier = try makeVerifier(
            specification.name, options: specification.options, judge: judge)
        }
        made[domain, default: []].append(
          RewardComponent(
            name: specification.name, weight: specification.weight, verifier: verifier))
      }
    }
    return VerifierHost(components: made, jobs: jobs)
  }

  private static func find(_ name: String, in folders: [URL]) throws -> PluginFolder? {
    for folder in folders {
      let url = folder.appending(path: name)
      if FileManager.default.fileExists(atPath: url.appending(path: "plugin.json").path) {
        return try PluginFolder(url)
      }
    }
    return nil
  }

  private static func pass(_ library: PluginLibrary) async throws {
    let report = try await PluginGate(try library.makeVerifier(options: [:]))
      .run(cases: library.folder.cases)
    let gameable = library.folder.manifest.allowGameable == true ? [] : report.gameable
    if let first = (report.wrong + report.faults + gameable).first {
      throw PluginError(
        plugin: library.description.name,
        message: "it does not pass its gate: \(first). See all with `assay plugin check "
          + "\(library.folder.url.path)`.")
    }
  }
}
