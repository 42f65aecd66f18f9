import Dispatch
import Synchronization
import VerifierABI

/// The table of `Plugin` behind the C interface; made once, kept for the life of the library.
///
/// `verify` is async, the interface is not: a call waits for it on the calling thread, which the host takes
/// from outside Swift's pool.
public func exportPlugin<Plugin: PluginVerifier>(_: Plugin.Type) -> UnsafeRawPointer {
  PluginTable.shared.withLock { tables in
    if let made = tables[ObjectIdentifier(Plugin.self)] { return made.pointer }
    kinds.withLock {
      $0 = Kind(
        describe: Plugin.description, make: { options throws(VerifierFault) in try Plugin(options: options) })
    }
    let table = UnsafeMutablePointer<assay_verifier_plugin_table>.allocate(capacity: 1)
    table.initialize(
      to: assay_verifier_plugin_table(
        abi_version: ASSAY_VERIFIER_ABI_VERSION,
        table_size: UInt32(MemoryLayout<assay_verifier_plugin_table>.size), describe: describe,
        create: create, score: score, cancel: cancel, destroy: destroy))
    let made = PluginTable(pointer: UnsafeRawPointer(table))
    tables[ObjectIdentifier(Plugin.self)] = made
    return made.pointer
  }
}

private struct PluginTable: @unchecked Sendable {
  let pointer: UnsafeRawPointer
  static let shared = Mutex<[ObjectIdentifier: PluginTable]>([:])
}

/// What the C functions need to know of the one verifier of this library.
private struct Kind: Sendable {
  let describe: PluginDescription
  let make: @Sendable ([String: JSONValue]) throws(VerifierFault) -> any Verifier
}
private let kinds = Mutex<Kind?>(nil)

private final class Instance: Sendable {
  let verifier: any Verifier
  let cancelled = Atomic(false)
  init(_ verifier: any Verifier) { self.verifier = verifier }
}

private func withText<R>(_ text: String, _ body: (assay_text) -> R) -> R {
  var text = text
  return text.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) { body(assay_text(bytes: $0.baseAddress, length: $0.count)) }
  }
}

private func string(_ text: assay_text) -> String {
  guard let bytes = text.bytes else { return "" }
  return bytes.withMemoryRebound(to: UInt8.self, capacity: text.length) {
    String(decoding: UnsafeBufferPointer(start: $0, count: text.length), as: UTF8.self)
  }
}

private func describe(_ context: UnsafeMutableRawPointer?, _ receive: assay_receive?) {
  let json = kinds.withLock { $0?.describe.json ?? .null }
  withText(json.text) { receive?(context, $0) }
}

private func create(
  _ configuration: assay_text, _ context: UnsafeMutableRawPointer?, _ failed: assay_receive?
) -> UnsafeMutableRawPointer? {
  do {
    let options = try JSONValue(parsing: string(configuration)).object ?? [:]
    guard let kind = kinds.withLock({ $0 }) else { return nil }
    return Unmanaged.passRetained(Instance(try kind.make(options))).toOpaque()
  } catch {
    withText("\(error)") { failed?(context, $0) }
    return nil
  }
}

private func score(
  _ instance: UnsafeMutableRawPointer?, _ samples: UnsafePointer<assay_text>?, _ count: Int,
  _ results: UnsafePointer<assay_results>?
) {
  guard let instance, let samples, let results else { return }
  let owner = Unmanaged<Instance>.fromOpaque(instance).takeUnretainedValue()
  for index in 0..<count where !owner.cancelled.load(ordering: .relaxed) {
    let json = try? JSONValue(parsing: string(samples[index]))
    guard let sample = json.flatMap(Sample.init(json:)) else {
      fault(
        results.pointee, index,
        VerifierFault(
          reason: "bad-sample", message: "The host sent something that is no sample. Build the plugin again.")
      )
      continue
    }
    switch waitFor({ () async throws(VerifierFault) in
      try await owner.verifier.verify(sample.completion, of: sample.problem)
    }) {
    case .success(let verdict):
      withText(verdict.json.text) { results.pointee.verdict(results.pointee.context, index, $0) }
    case .failure(let error): fault(results.pointee, index, error)
    }
  }
}

private func fault(_ results: assay_results, _ index: Int, _ fault: VerifierFault) {
  withText(fault.reason) { reason in
    withText(fault.message) { results.fault(results.context, index, reason, $0) }
  }
}

private func cancel(_ instance: UnsafeMutableRawPointer?) {
  guard let instance else { return }
  Unmanaged<Instance>.fromOpaque(instance).takeUnretainedValue().cancelled
    .store(true, ordering: .relaxed)
}

private func destroy(_ instance: UnsafeMutableRawPointer?) {
  guard let instance else { return }
  Unmanaged<Instance>.fromOpaque(instance).release()
}

/// Waits on this thread for an async verdict.
private func waitFor(
  _ body: @escaping @Sendable () async throws(VerifierFault) -> Verdict
) -> Result<Verdict, VerifierFault> {
  let done = DispatchSemaphore(value: 0)
  let box = Box()
  Task {
    do throws(VerifierFault) {
      box.set(.success(try await body()))
    } catch {
      box.set(.failure(error))
    }
    done.signal()
  }
  done.wait()
  return box.get()
}

private final class Box: Sendable {
  private let result = Mutex<Result<Verdict, VerifierFault>>(
    .failure(VerifierFault(reason: "no-verdict", message: "The plugin gave no verdict.")))
  func set(_ value: Result<Verdict, VerifierFault>) { result.withLock { $0 = value } }
  func get() -> Result<Verdict, VerifierFault> { result.withLock { $0 } }
}
