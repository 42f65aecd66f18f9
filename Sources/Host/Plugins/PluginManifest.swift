import Foundation
public import VerifierKit

/// `plugin.json`: what Assay has to know of a plugin before it runs any of it.
public struct PluginManifest: Sendable {
  public var name: String
  public var language: Language
  /// Where it runs: a process of its own, or the host's.
  public var isolation = Isolation.worker
  /// What is loaded, relative to the folder; nil: `build/libNAME.so`, or `NAME.py`.
  public var file: String?
  /// MiB of address space of a worker.
  public var memoryMB = 4096
  /// Worker processes, each busy with one sample at a time.
  public var workers = 1
  /// Seconds of wall time for one sample.
  public var deadlineSeconds = 30.0
  /// Seconds of wall time until a worker says hello: imports take their time.
  public var startSeconds = 120.0
  /// Failures of workers in a row after which it is not tried any more.
  public var quarantineAfter = 5
  /// Environment variables of the workers, besides the host's.
  public var environment: [String: String] = [:]

  // Python alone.
  /// The interpreter, relative to the folder when it has a slash: `venv/bin/python`.
  public var python = "python3"
  /// The settings that the worker reads: `function`, `score_range`, `accepted_from`, `conversational`,
  /// `deterministic`, `version`, `summary`, `licence`, `domains`.
  public var settings: [String: JSONValue] = [:]

  public enum Language: String, Sendable, CaseIterable {
    case swift, c, rust, python
    /// A library that something else builds; it lies at `file`.
    case library

    var suffix: String {
      switch self {
      case .swift: "swift"
      case .c: "c"
      case .rust: "rs"
      case .python: "py"
      case .library: "so"
      }
    }
  }

  public enum Isolation: String, Sendable, CaseIterable {
    case worker, process
  }

  init(name: String, language: Language) {
    self.name = name
    self.language = language
  }

  /// - Throws: a sentence that names the key.
  init(_ json: JSONValue) throws(ManifestError) {
    guard let fields = json.object else { throw ManifestError("it is no object.") }
    guard let name = fields["name"]?.string else { throw ManifestError("“name” is missing.") }
    guard let word = fields["language"]?.string else { throw ManifestError("“language” is missing.") }
    self.init(name: name, language: try Self.choice(word, "language"))
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      switch key {
      case "name", "language": break
      case "isolation": isolation = try Self.choice(value.string, key)
      case "file": file = try Self.text(value, key)
      case "memory_mb": memoryMB = try Self.whole(value, key)
      case "workers": workers = try Self.whole(value, key)
      case "deadline_seconds": deadlineSeconds = try Self.seconds(value, key)
      case "start_seconds": startSeconds = try Self.seconds(value, key)
      case "quarantine_after": quarantineAfter = try Self.whole(value, key)
      case "environment":
        for (name, value) in value.object ?? [:] {
          environment[name] = try Self.text(value, "\(key).\(name)")
        }
      case "python": python = try Self.text(value, key)
      case "score_range":
        guard let ends = value.array?.compactMap(\.double), ends.count == 2, ends[0] < ends[1] else {
          throw ManifestError("“score_range” is a list of two numbers, the lower one first.")
        }
        settings[key] = value
      case "function", "accepted_from", "conversational", "deterministic", "version", "summary", "licence",
        "domains":
        settings[key] = value
      default:
        throw ManifestError("there is no key “\(key)”. The keys are listed in docs/plugins.md.")
      }
    }
    if language == .python, isolation == .process {
      throw ManifestError("a Python plugin runs in a worker. Drop “isolation”.")
    }
  }

  private static func choice<T: RawRepresentable & CaseIterable>(
    _ word: String?, _ key: String
  ) throws(ManifestError) -> T where T.RawValue == String {
    guard let value = word.flatMap(T.init(rawValue:)) else {
      let known = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw ManifestError("“\(key)” has no known value; it is one of \(known).")
    }
    return value
  }

  private static func text(_ value: JSONValue, _ key: String) throws(ManifestError) -> String {
    guard let text = value.string else { throw ManifestError("“\(key)” is no string.") }
    return text
  }

  private static func whole(_ value: JSONValue, _ key: String) throws(ManifestError) -> Int {
    guard let number = value.integer, number > 0 else {
      throw ManifestError("“\(key)” is a whole number above 0.")
    }
    return number
  }

  private static func seconds(_ value: JSONValue, _ key: String) throws(ManifestError) -> Double {
    guard let number = value.double, number > 0, number < 1e6 else {
      throw ManifestError("“\(key)” is a number of seconds above 0.")
    }
    return number
  }
}

struct ManifestError: Error {
  var message: String
  init(_ message: String) { self.message = message }
}
