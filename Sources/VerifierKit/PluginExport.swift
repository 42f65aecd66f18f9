import Dispatch
import Synchronization
import VerifierABI

/// The table of `Plugin` behind the C interface; made once, kept for the life of the library.
public func exportPlugin<Plugin: PluginVerifier>(_: Plugin.Type) -> UnsafeRawPointer {
  export(
    Kind(describe: Plugin.description) { options throws(VerifierFault) in
      let plugin = try Plugin(options: options)
      return { completion, problem throws(VerifierFault) in try plugin.verify(completion, of: problem) }
    })
}

/// The same for a plugin that waits: the call waits with it, on the thread that the host called on.
public func exportPlugin<Plugin: AsyncPluginVerifier>(_: Plugin.Type) -> UnsafeRawPointer {
  export(
    Kind(describe: Plugin.description) { options throws(VerifierFault) in
      let plugin = try Plugin(options: options)
      return { completion, problem throws(VerifierFault) in
        try waitFor { () async throws(VerifierFault) in try await plugin.verify(completion, of: problem) }
          .get()
      }
    })
}

private typealias Judge = @Sendable (Completion, Problem) throws(VerifierFault) -> Verdict

/// What the C functions need to know of the one verifier of this library.
private struct Kind: Sendable {
  let describe: PluginDescription
  let make: @Sendable ([String: JSONValue]) throws(VerifierFault) -> Judge
}

private struct Exported: @unchecked Sendable {
  let kind: Kind
  let table: UnsafeRawPointer
}
private let exported = Mutex<Exported?>(nil)

private func export(_ kind: Kind) -> UnsafeRawPointer {
  exported.withLock { exported in
    if let made = exported { return made.table }
    let table = UnsafeMutablePointer<assay_verifier_plugin_table>.allocate(capacity: 1)
    table.initialize(
      to: assay_verifier_plugin_table(
        abi_version: ASSAY_VERIFIER_ABI_VERSION,
        table_size: UInt32(MemoryLayout<assay_verifier_plugin_table>.size), describe: describe,
        create: create, score: score, cancel: cancel, destroy: destroy))
    let made = Exported(kind: kind, table: UnsafeRawPointer(table))
    exported = made
    return made.table
  }
}

private final class Instance: Sendable {
  let judge: Judge
  let cancelled = Atomic(false)
  init(_ judge: @escaping Judge) { self.judge = judge }
}

private func describe(_ context: UnsafeMutableRawPointer?, _ receive: assay_receive?) {
  let json = exported.withLock { $0?.kind.describe.json ?? .null }
  withText(json.text) { receive?(context, $0) }
}

private func create(
  _ configuration: assay_text, _ context: UnsafeMutableRawPointer?, _ failed: assay_receive?
) -> UnsafeMutableRawPointer? {
  do {
    let options = try JSONValue(parsing: String(configuration)).object ?? [:]
    guard let kind = exported.withLock({ $0?.kind }) else { return nil }
    return Unmanaged.passRetained(Instance(try kind.make(options))).toOpaque()
  } catch {
    withText((error as? VerifierFault)?.message ?? "\(error)") { failed?(context, $0) }
    return nil
  }
}

private func score(
  _ instance: UnsafeMutableRawPointer?, _ samples: UnsafePointer<assay_sample>?, _ count: Int,
  _ results: UnsafePointer<assay_results>?
) {
  guard let instance, let samples, let results else { return }
  let owner = Unmanaged<Instance>.fromOpaque(instance).takeUnretainedValue()
  for index in 0..<count where !owner.cancelled.load(ordering: .relaxed) {
    do throws(VerifierFault) {
      let sample = try Sample(samples[index])
      give(try owner.judge(sample.completion, sample.problem), index, results.pointee)
    } catch {
      withText(error.reason) { reason in
        withText(error.message) { results.pointee.fault(results.pointee.context, index, reason, $0) }
      }
    }
  }
}

private func give(_ verdict: Verdict, _ index: Int, _ results: assay_results) {
  withVerdict(verdict) { verdict in
    withUnsafePointer(to: verdict) { results.verdict(results.context, index, $0) }
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
