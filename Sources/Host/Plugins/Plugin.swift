import Foundation
import PluginLoading
import Synchronization
public import VerifierKit

/// One version of a plugin with its options, loaded and ready to judge.
public final class Plugin: Verifier {
  public let folder: PluginFolder
  public let description: PluginDescription
  /// SHA-256 of all that its verdicts depend on, hexadecimal.
  public let digest: String
  /// What the folder's files were when it was loaded.
  let stamp: PluginStamp
  private let verifier: any Verifier
  private let label: String

  /// - Parameter deadline: for one sample; nil: the manifest's.
  /// - Throws: when it is not built, can't be loaded, or refuses its options.
  public init(
    _ folder: PluginFolder, options: [String: JSONValue] = [:], deadline: Duration? = nil
  ) throws(PluginError) {
    let name = folder.manifest.name
    guard FileManager.default.fileExists(atPath: folder.library.path) else {
      throw PluginError(
        plugin: name,
        message: folder.manifest.language == .python
          ? "there is no \(folder.library.path). Name the file in the manifest's “file”."
          : "it is not built. Run `assay plugin build \(folder.url.path)`.")
    }
    stamp = PluginStamp(folder)
    digest = try Self.digest(of: folder)
    if folder.manifest.isolation == .worker {
      let worker = try WorkerVerifier(folder, stamp: stamp, options: options, deadline: deadline)
      (verifier, description) = (worker, worker.description)
    } else {
      (verifier, description) = try Self.load(folder, options: options)
    }
    guard description.name == name else {
      throw PluginError(
        plugin: name,
        message: "its library calls itself “\(description.name)”. Give folder and plugin one name.")
    }
    self.folder = folder
    label = "\(name) \(description.version) \(digest.prefix(12))"
  }

  public func verify(_ completion: Completion, of problem: Problem) async throws(VerifierFault) -> Verdict {
    var verdict = try await verifier.verify(completion, of: problem)
    verdict.details["plugin"] = label
    return verdict
  }

  /// Why no worker of it is started any more; nil while one is.
  var quarantine: String? { (verifier as? WorkerVerifier)?.quarantine }

  private static let loaded = Mutex<Set<String>>([])

  private static func load(
    _ folder: PluginFolder, options: [String: JSONValue]
  ) throws(PluginError) -> (any Verifier, PluginDescription) {
    do {
      // The first time as it lies there; then under a name of its own, or the system gives the version before.
      let files = FileManager.default
      if Self.loaded.withLock({ $0.insert(folder.library.path).inserted }) {
        let native = try NativePlugin(library: folder.library.path)
        return (try native.makeVerifier(options: options), native.description)
      }
      let copy = files.temporaryDirectory.appending(path: "assay-plugin-\(UUID().uuidString).so")
      try files.copyItem(at: folder.library, to: copy)
      defer { try? files.removeItem(at: copy) }
      let native = try NativePlugin(library: copy.path)
      return (try native.makeVerifier(options: options), native.description)
    } catch {
      let message = (error as? LoadingError)?.message ?? (error as? VerifierFault)?.message ?? "\(error)"
      throw PluginError(plugin: folder.manifest.name, message: message)
    }
  }

  /// By coreutils: it is taken once, at loading.
  private static func digest(of folder: PluginFolder) throws(PluginError) -> String {
    func sum(_ arguments: [String]) throws(PluginError) -> String {
      do {
        let output = try runTool("/usr/bin/sha256sum", ["--"] + arguments)
        if output.status == 0 { return output.text }
        throw PluginError(plugin: folder.manifest.name, message: "sha256sum failed: \(output.text)")
      } catch let error as PluginError {
        throw error
      } catch {
        throw PluginError(plugin: folder.manifest.name, message: "sha256sum can't be run: \(error)")
      }
    }
    let sums = try sum(folder.parts.map(\.path)).split(separator: "\n").map { $0.prefix(64) }
    if sums.count == 1 { return String(sums[0]) }
    // Several files: the digest of their digests.
    let list = FileManager.default.temporaryDirectory.appending(path: "assay-digest-\(UUID())")
    defer { try? FileManager.default.removeItem(at: list) }
    do {
      try sums.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
    } catch {
      throw PluginError(plugin: folder.manifest.name, message: "\(list.path) can't be written: \(error)")
    }
    return String(try sum([list.path]).prefix(64))
  }
}

/// Inode, size and time of each file: cheap to compare before every step.
struct PluginStamp: Equatable, Sendable {
  private var files: [String]

  init(_ folder: PluginFolder) {
    files = folder.parts.map { url in
      var status = stat()
      guard stat(url.path, &status) == 0 else { return "\(url.path) missing" }
      return
        "\(url.path) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
  }
}
