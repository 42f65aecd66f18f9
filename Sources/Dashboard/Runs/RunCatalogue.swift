import Foundation
import Trainer

/// The run folders under one folder, or that folder alone when it is a run's.
actor RunCatalogue {
  let root: URL
  private var runs: [String: WatchedRun] = [:]

  init(_ root: URL) throws(RunError) {
    // The folder must be there; that it is a run's is not asked.
    self.root = try RunFolder(opening: root).url
  }

  /// By name, in order; what is there now.
  func all() -> [(name: String, run: WatchedRun)] {
    let folders = Self.isRun(root) ? [root] : Self.subfolders(of: root).filter(Self.isRun)
    var found: [String: WatchedRun] = [:]
    for folder in folders {
      let name = folder.lastPathComponent
      if let known = runs[name] {
        found[name] = known
      } else if let folder = try? RunFolder(opening: folder) {
        found[name] = WatchedRun(folder)
      }
    }
    runs = found
    return found.map { (name: $0.key, run: $0.value) }
      .sorted { $0.name.localizedStandardCompare($1.name) == .orderedAscending }
  }

  /// One that was listed; a name is never taken as a path.
  func run(_ name: String) -> WatchedRun? {
    if let known = runs[name] { return known }
    return all().first { $0.name == name }?.run
  }

  private static func isRun(_ folder: URL) -> Bool {
    ["recipe.yaml", "metrics.jsonl", "rollouts.sqlite"].contains {
      FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
    }
  }

  private static func subfolders(of folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.map { folder.appending(path: $0) }
  }
}
