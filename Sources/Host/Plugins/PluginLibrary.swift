import Foundation
import Glibc
import Synchronization
import VerifierABI
public import VerifierKit

/// A plugin's shared library, loaded for the life of the process.
///
/// It runs in this process: what it does wrong here, it does to the run. So only a plugin that passed its
/// gate (`PluginGate`) is paid.
public final class PluginLibrary: Sendable {
  public let folder: PluginFolder
  public let description: PluginDescription
  /// SHA-256 of the library, hexadecimal.
  public let digest: String
  private let table: Table

  private struct Table: @unchecked Sendable {
    let pointer: UnsafePointer<assay_verifier_plugin_table>
  }

  public init(_ folder: PluginFolder) throws(PluginError) {
    let name = folder.manifest.name
    func fail(_ message: String) -> PluginError { PluginError(plugin: name, message: message) }
    guard FileManager.default.fileExists(atPath: folder.library.path) else {
      throw fail("it is not built. Run `assay plugin build \(folder.url.path)`.")
    }
    guard let handle = dlopen(folder.library.path, RTLD_NOW | RTLD_LOCAL) else {
      throw fail(
        "its library can't be loaded (\(dlerror().map { String(cString: $0) } ?? "no reason given")). "
          + "Build it again with `assay plugin build \(folder.url.path)`.")
    }
    guard let symbol = dlsym(handle, ASSAY_VERIFIER_PLUGIN_SYMBOL) else {
      throw fail("its library exports no \(ASSAY_VERIFIER_PLUGIN_SYMBOL). Add the line that exports it.")
    }
    let entry = unsafeBitCast(symbol, to: assay_verifier_plugin_function.self)
    guard let pointer = entry() else { throw fail("its entry function returned nothing.") }
    let version = pointer.pointee.abi_version
    guard version == ASSAY_VERIFIER_ABI_VERSION else {
      throw fail(
        "it was built for version \(version) of the plugin interface, and this Assay speaks version "
          + "\(ASSAY_VERIFIER_ABI_VERSION). Build it again with `assay plugin build \(folder.url.path)`.")
    }
    guard Int(pointer.pointee.table_size) >= MemoryLayout<assay_verifier_plugin_table>.size else {
      throw fail("its table is shorter than that of version \(version). Build it against VerifierABI.h.")
    }
    table = Table(pointer: pointer)
    let received = Received()
    pointer.pointee.describe?(received.context, received.receive)
    guard let json = try? JSONValue(parsing: received.text),
      let description = PluginDescription(json: json)
    else { throw fail("its description lacks name, version, summary or licence.") }
    guard description.name == name else {
      throw fail("its library calls itself “\(description.name)”. Give folder and plugin one name.")
    }
    self.description = description
    self.folder = folder
    digest = try Self.digest(of: folder)
  }

  /// An instance with these options.
  public func makeVerifier(options: [String: JSONValue]) throws(VerifierFault) -> any Verifier {
    let received = Received()
    guard let create = table.pointer.pointee.create,
      let instance = Self.withText(
        JSONValue.object(options).text, { create($0, received.context, received.receive) })
    else {
      throw VerifierFault(
        reason: "plugin-options",
        message: "Plugin \(description.name) refuses its options: \(received.text)")
    }
    return PluginInstance(library: self, instance: instance)
  }

  fileprivate func score(_ instance: UnsafeMutableRawPointer, _ sample: String) -> Result<
    Verdict, VerifierFault
  > {
    let answer = Answer()
    let name = description.name
    Self.withText(sample) { text in
      var text = text
      var results = assay_results(
        context: Unmanaged.passUnretained(answer).toOpaque(),
        verdict: { context, _, json in
          guard let context else { return }
          Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue().verdict = string(json)
        },
        fault: { context, _, reason, message in
          guard let context else { return }
          Unmanaged<Answer>.fromOpaque(context).takeUnretainedValue().fault = (
            string(reason), string(message)
          )
        })
      table.pointer.pointee.score?(instance, &text, 1, &results)
    }
    if let (reason, message) = answer.fault {
      return .failure(VerifierFault(reason: reason, message: "Plugin \(name): \(message)"))
    }
    guard let text = answer.verdict, let json = try? JSONValue(parsing: text),
      var verdict = Verdict(json: json)
    else {
      return .failure(
        VerifierFault(
          reason: "bad-verdict",
          message: "Plugin \(name) returned \(answer.verdict.map { "“\($0.prefix(100))”" } ?? "nothing"), "
            + "which is no verdict. Mend the plugin."))
    }
    verdict.details["plugin"] = "\(name) \(description.version) \(digest.prefix(12))"
    return .success(verdict)
  }

  fileprivate func destroy(_ instance: UnsafeMutableRawPointer) {
    table.pointer.pointee.destroy?(instance)
  }

  private static func withText<R>(_ text: String, _ body: (assay_text) -> R) -> R {
    var text = text
    return text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        body(assay_text(bytes: $0.baseAddress, length: $0.count))
      }
    }
  }

  /// By coreutils: a library's digest is taken once, at loading.
  private static func digest(of folder: PluginFolder) throws(PluginError) -> String {
    do {
      let output = try runTool("/usr/bin/sha256sum", ["--", folder.library.path])
      guard output.status == 0, let digest = output.text.split(separator: " ").first else {
        throw PluginError(plugin: folder.manifest.name, message: "sha256sum failed: \(output.text)")
      }
      return String(digest)
    } catch let error as PluginError {
      throw error
    } catch {
      throw PluginError(plugin: folder.manifest.name, message: "sha256sum can't be run: \(error)")
    }
  }
}

private func string(_ text: assay_text) -> String {
  guard let bytes = text.bytes else { return "" }
  return bytes.withMemoryRebound(to: UInt8.self, capacity: text.length) {
    String(decoding: UnsafeBufferPointer(start: $0, count: text.length), as: UTF8.self)
  }
}

/// Takes one text from a callback.
private final class Received {
  var text = ""
  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
  let receive: assay_receive = { context, text in
    guard let context else { return }
    Unmanaged<Received>.fromOpaque(context).takeUnretainedValue().text = string(text)
  }
}

private final class Answer {
  var verdict: String?
  var fault: (String, String)?
}

/// One instance of a plugin's verifier.
private final class PluginInstance: Verifier, @unchecked Sendable {
  // `score` may be called on several threads at once, as the interface says.
  private let library: PluginLibrary
  private let instance: UnsafeMutableRawPointer

  init(library: PluginLibrary, instance: UnsafeMutableRawPointer) {
    self.library = library
    self.instance = instance
  }

  deinit { library.destroy(instance) }

  func verify(
    _ completion: Completion, of problem: Problem
  ) async throws(VerifierFault) -> Verdict {
    let sample = Sample(problem: problem, completion: completion).json.text
    // The call blocks: it gets a thread outside the pool of Swift's tasks.
    let result = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: self.library.score(self.instance, sample))
      }
    }
    return try result.get()
  }
}
