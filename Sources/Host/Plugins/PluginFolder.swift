public import Foundation
import VerifierKit

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

/// A folder below `plugins/`: a manifest, sources, `cases.jsonl`, and `build/` with the library; or a Python
/// file there, `NAME.py`, with its cases in `NAME.cases.jsonl`.
public struct PluginFolder: Sendable {
  public var url: URL
  public var manifest: PluginManifest

  /// - Throws: when `plugin.json` is missing or wrong.
  public init(_ url: URL) throws(PluginError) {
    self.url = url
    if url.pathExtension == "py" {
      manifest = PluginManifest(name: url.deletingPathExtension().lastPathComponent, language: .python)
      return
    }
    let name = url.lastPathComponent
    let file = url.appending(path: "plugin.json")
    guard let data = try? Data(contentsOf: file) else {
      throw PluginError(
        plugin: name, message: "there is no plugin.json in \(url.path). Make one with `assay plugin new`.")
    }
    let json: JSONValue
    do {
      json = try JSONValue(parsing: [UInt8](data))
    } catch {
      throw PluginError(plugin: name, message: "plugin.json is no JSON, \(error)")
    }
    do {
      manifest = try PluginManifest(json)
    } catch {
      throw PluginError(plugin: name, message: "plugin.json can't be read: \(error.message)")
    }
    guard manifest.name == name else {
      throw PluginError(
        plugin: name, message: "plugin.json calls it “\(manifest.name)”. Give folder and plugin one name.")
    }
  }

  /// Whether it is a Python file alone.
  public var isFile: Bool { url.pathExtension == "py" }

  /// What is loaded: the shared library, or the Python file.
  public var library: URL {
    if isFile { return url }
    if manifest.language == .python {
      return url.appending(path: manifest.file ?? "\(manifest.name.replacing("-", with: "_")).py")
    }
    return url.appending(path: manifest.file ?? "build/lib\(manifest.name.replacing("-", with: "_")).so")
  }

  public var cases: URL {
    isFile
      ? url.deletingPathExtension().appendingPathExtension("cases.jsonl") : url.appending(path: "cases.jsonl")
  }

  /// Sources of the plugin's language, sorted; those in `Sources/` where there is such a folder.
  public var sources: [URL] {
    if isFile { return [url] }
    let inner = url.appending(path: "Sources")
    let place = FileManager.default.fileExists(atPath: inner.path) ? inner : url
    return Self.files(place).filter { $0.pathExtension == manifest.language.suffix }
  }

  /// What its verdicts depend on: library or Python sources, and the manifest.
  var parts: [URL] {
    let loaded =
      manifest.language == .python && !isFile ? Self.files(url).filter { $0.pathExtension == "py" } : []
    let manifest = isFile ? [] : [url.appending(path: "plugin.json")]
    return (loaded.isEmpty ? [library] : loaded) + manifest
  }

  private static func files(_ folder: URL) -> [URL] {
    ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? [])
      .sorted { $0.path < $1.path }
  }

  /// All plugins of a folder, by name; a folder without `plugin.json` is none, nor a `.py` without cases.
  public static func all(in folder: URL) throws(PluginError) -> [PluginFolder] {
    var plugins: [PluginFolder] = []
    for entry in files(folder) where isPlugin(entry) { plugins.append(try PluginFolder(entry)) }
    return plugins
  }

  /// The plugin of this name in a folder, if there is one.
  static func find(_ name: String, in folder: URL) throws(PluginError) -> PluginFolder? {
    // A name may come with a request: it names what lies in the folder, and nothing beside it.
    guard !name.isEmpty, name.first != ".", !name.contains("/"), !name.contains("\0") else { return nil }
    for entry in [folder.appending(path: name), folder.appending(path: "\(name).py")] where isPlugin(entry) {
      return try PluginFolder(entry)
    }
    return nil
  }

  private static func isPlugin(_ entry: URL) -> Bool {
    entry.pathExtension == "py"
      ? FileManager.default.fileExists(atPath: entry.path)
        && FileManager.default.fileExists(
          atPath: entry.deletingPathExtension().appendingPathExtension("cases.jsonl").path)
      : FileManager.default.fileExists(atPath: entry.appending(path: "plugin.json").path)
  }
}
