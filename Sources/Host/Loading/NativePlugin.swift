import Glibc
import VerifierABI
public import VerifierKit

/// A library that can't be loaded as a plugin: one sentence that ends with what to do.
public struct LoadingError: Error, Sendable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
}

/// A plugin's shared library, loaded for the life of the process: in a worker, or in the host for a plugin
/// whose manifest says `"isolation": "process"`.
public final class NativePlugin: Sendable {
  public let description: PluginDescription
  private let table: Table

  private struct Table: @unchecked Sendable {
    let pointer: UnsafePointer<assay_verifier_plugin_table>
  }

  public init(library path: String) throws(LoadingError) {
    func fail(_ message: String) -> LoadingError { LoadingError(message: message) }
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw fail(
        "its library can't be loaded (\(dlerror().map { String(cString: $0) } ?? "no reason given")). "
          + "Build it again with `assay plugin build`.")
    }
    guard let symbol = dlsym(handle, ASSAY_VERIFIER_PLUGIN_SYMBOL) else {
      throw fail("its library exports no \(ASSAY_VERIFIER_PLUGIN_SYMBOL). Add the line that exports it.")
    }
    let entry = unsafeBitCast(symbol, to: assay_verifier_plugin_function.self)
    guard let pointer = entry() else { throw fail("its entry function returned nothing. Mend the plugin.") }
    let version = pointer.pointee.abi_version
    guard version == ASSAY_VERIFIER_ABI_VERSION else {
      throw fail(
        "it was built for version \(version) of the plugin interface, and this Assay speaks version "
          + "\(ASSAY_VERIFIER_ABI_VERSION). Build it again with `assay plugin build`.")
    }
    guard Int(pointer.pointee.table_size) >= MemoryLayout<assay_verifier_plugin_table>.size,
      pointer.pointee.score != nil, pointer.pointee.create != nil
    else { throw fail("its table is not that of version \(version). Build it against VerifierABI.h.") }
    table = Table(pointer: pointer)
    let received = Received()
    pointer.pointee.describe?(received.context, received.receive)
    guard let json = try? JSONValue(parsing: received.text),
      let description = PluginDescription(json: json)
    else { throw fail("its description lacks name, version, summary or licence. Add them to `describe`.") }
    self.description = description
  }

  /// An instance with these options.
  public func makeVerifier(options: [String: JSONValue]) throws(VerifierFault) -> NativeVerifier {
    let received = Received()
    guard
      let instance = withText(
        JSONValue.object(options).text,
        { table.pointer.pointee.create($0, received.context, received.receive) })
    else {
      throw VerifierFault(
        reason: "plugin-options",
        message: "Plugin \(description.name) refuses its options: \(received.text)")
    }
    return NativeVerifier(plugin: self, instance: instance)
  }

  fileprivate func score(
    _ instance: UnsafeMutableRawPointer, _ completion: Completion, _ problem: Problem
  ) throws(VerifierFault) -> Verdict {
    var answer = Answer()
    withSample(completion, of: problem) { sample in
      withUnsafeMutablePointer(to: &answer) { answer in
        var results = assay_results(
          context: UnsafeMutableRawPointer(answer),
          verdict: { context, index, verdict in
            guard let answer = context?.assumingMemoryBound(to: Answer.self), let verdict, index == 0,
              answer.pointee.result == nil
            else { return }
            answer.pointee.result =
              Verdict(verdict.pointee).map { .success($0) } ?? .failure(Answer.noVerdict)
          },
          fault: { context, index, reason, message in
            guard let answer = context?.assumingMemoryBound(to: Answer.self), index == 0,
              answer.pointee.result == nil
            else { return }
            answer.pointee.result = .failure(VerifierFault(reason: String(reason), message: String(message)))
          })
        table.pointer.pointee.score(instance, sample, 1, &results)
      }
    }
    return try (answer.result ?? .failure(Answer.noVerdict)).get()
  }

  fileprivate func destroy(_ instance: UnsafeMutableRawPointer) {
    table.pointer.pointee.destroy?(instance)
  }
}

/// One instance of a plugin's verifier.
public final class NativeVerifier: Verifier, @unchecked Sendable {
  // `score` may be called on several threads at once, as the interface says.
  private let plugin: NativePlugin
  private let instance: UnsafeMutableRawPointer

  init(plugin: NativePlugin, instance: UnsafeMutableRawPointer) {
    self.plugin = plugin
    self.instance = instance
  }

  deinit { plugin.destroy(instance) }

  /// On the calling thread, for as long as the plugin takes.
  public func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
    try plugin.score(instance, completion, problem)
  }
}

/// Takes one text from a callback.
private final class Received {
  var text = ""
  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
  let receive: assay_receive = { context, text in
    guard let context else { return }
    Unmanaged<Received>.fromOpaque(context).takeUnretainedValue().text = String(text)
  }
}

private struct Answer {
  var result: Result<Verdict, VerifierFault>?
  static let noVerdict = VerifierFault(
    reason: "bad-verdict",
    message: "It returned what is no verdict: a status of the interface, a score in "
      + "[0, 1]. Mend the plugin.")
}
