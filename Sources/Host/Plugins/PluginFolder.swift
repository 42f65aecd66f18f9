public import Foundation

/// A plugin that can't be found, built, loaded or trusted: one sentence, which ends with what to do.
public struct PluginError: Error, Sendable, CustomStringConvertible {
  public var plugin: String
  public var message: String
  public var description: String { "Plugin \(plugin): \(message)" }

  public init(plugin: String, message: String) {
    self.plugin = plugin
    self.message = message
  }
}

/// A folder below `plugins/`: a manifest, sources, `cases.jsonl`, and `build/` with the library.
public struct PluginFolder: Sendable {
  public var url: URL
  public var manifest: PluginManifest

  /// - Throws: when `plugin.json` is missing or wrong.
  public init(_ url: URL) throws(PluginError) {
    let name = url.lastPathComponent
    let file = url.appending(path: "plugin.json")
    guard let data = try? Data(contentsOf: file) else {
      throw PluginError(
        plugin: name, message: "there is no plugin.json in \(url.path). Make one with `assay plugin new`.")
    }
    do {
      manifest = try JSONDecoder().decode(PluginManifest.self, from: data)
    } catch {
      throw PluginError(plugin: name, message: "plugin.json can't be read: \(PluginManifest.explain(error))")
    }
    self.url = url
    guard manifest.name == name else {
      throw PluginError(
        plugin: name, message: "plugin.json calls it “\(manifest.name)”. Give folder and plugin one name.")
    }
  }

  public var library: URL {
    url.appending(path: "build/lib\(manifest.name.replacing("-", with: "_")).so")
  }
  public var cases: URL { url.appending(path: "cases.jsonl") }

  /// Sources of the plugin's language, sorted; those in `Sources/` where there is such a folder.
  public var sources: [URL] {
    let inner = url.appending(path: "Sources")
    let place = FileManager.default.fileExists(atPath: inner.path) ? inner : url
    let files =
      (try? FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == manifest.language.rawValue }.sorted { $0.path < $1.path }
  }

  /// All plugins of a folder, by name; a folder without `plugin.json` is none.
  public static func all(in folder: URL) throws(PluginError) -> [PluginFolder] {
    let entries =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    var plugins: [PluginFolder] = []
    for entry in entries.sorted(by: { $0.path < $1.path })
    where FileManager.default.fileExists(atPath: entry.appending(path: "plugin.json").path) {
      plugins.append(try PluginFolder(entry))
    }
    return plugins
  }
}

/// `plugin.json`.
public struct PluginManifest: Sendable, Codable {
  public var name: String
  public var language: Language
  /// Whether its adversarial findings are known and wanted.
  public var allowGameable: Bool?

  public enum Language: String, Sendable, Codable {
    case swift
    case c
  }

  enum CodingKeys: String, CodingKey {
    case name
    case language
    case allowGameable = "allow_gameable"
  }

  static func explain(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "“\(key.stringValue)” is missing."
    case DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is no JSON."
        : "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” has no known value."
    case DecodingError.typeMismatch(_, let context):
      "“\(context.codingPath.map(\.stringValue).joined(separator: "."))” has the wrong type."
    default: "\(error)"
    }
  }
}
