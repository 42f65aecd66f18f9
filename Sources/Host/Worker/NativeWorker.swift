import Glibc
import PluginLoading
import VerifierKit

/// Loads a library and answers until the host hangs up.
struct NativeWorker {
  let frames: Frames

  func run(library: String, options: String) -> Never {
    do {
      let plugin = try NativePlugin(library: library)
      let verifier = try plugin.makeVerifier(options: JSONValue(parsing: options).object ?? [:])
      frames.write(.object(["hello": plugin.description.json]))
      while let request = frames.read() { frames.write(answer(request, by: verifier)) }
    } catch let error as VerifierFault {
      frames.write(.object(["failed": .string(error.message)]))
    } catch {
      frames.write(.object(["failed": .string("\(error)")]))
    }
    exit(0)
  }

  private func answer(_ request: JSONValue, by verifier: NativeVerifier) -> JSONValue {
    var fields: [String: JSONValue] = ["number": request["number"] ?? .null]
    do throws(VerifierFault) {
      guard let sample = request["sample"].flatMap(Sample.init(json:)) else {
        throw VerifierFault(
          reason: "bad-sample", message: "The host sent what is no sample. Report it to Assay.")
      }
      fields["verdict"] = try verifier.verify(sample.completion, of: sample.problem).json
    } catch {
      fields["fault"] = .object(["reason": .string(error.reason), "message": .string(error.message)])
    }
    return .object(fields)
  }
}

/// JSON with its length before it, on two descriptors.
struct Frames {
  private let input: Int32
  private let output: Int32

  init(_ input: Int32, _ output: Int32) {
    self.input = input
    self.output = output
  }

  /// Nil when the host has gone, or sends what is no frame.
  func read() -> JSONValue? {
    guard let head = bytes(4) else { return nil }
    let count = head.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard let body = bytes(count) else { return nil }
    return try? JSONValue(parsing: body)
  }

  func write(_ value: JSONValue) {
    let body = Array(value.text.utf8)
    let frame = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) } + body
    var done = 0
    while done < frame.count {
      let put = frame.withUnsafeBytes { Glibc.write(output, $0.baseAddress! + done, $0.count - done) }
      if put < 0 && errno == EINTR { continue }
      // Nobody listens any more.
      guard put > 0 else { exit(0) }
      done += put
    }
  }

  private func bytes(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(input, $0.baseAddress! + done, count - done) }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }
}
