public import Foundation
import VerifierKit

/// One line of `metrics.jsonl`: what was measured in one step.
public struct MetricsRow: Sendable, Hashable {
  /// Optimiser steps since the run began, over all stages.
  public var step: Int
  /// The stage's name in the recipe; `start` before the first.
  public var stage: String
  /// Names as in docs/metrics.md: `reward`, `kl`, `completions/mean_length`, `eval/math/pass@1`, ... A value
  /// that isn't finite is written as null and read as absent.
  public var values: [String: Double]

  public init(step: Int, stage: String, values: [String: Double] = [:]) {
    self.step = step
    self.stage = stage
    self.values = values
  }

  public subscript(name: String) -> Double? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// `{"step":3,"stage":"rl","kl":0.01,...}`: step and stage first, then the names in order, so that equal
  /// rows are equal bytes.
  public var json: String {
    let fields = values.sorted { $0.key < $1.key }.map { name, value in
      "\(quoted(name)):\(value.isFinite ? "\(value)" : "null")"
    }
    return "{" + (["\"step\":\(step)", "\"stage\":\(quoted(stage))"] + fields).joined(separator: ",") + "}"
  }

  /// Nil for a line that is no such object: the torn last line of a run that was killed.
  public init?(json: some StringProtocol) {
    // Foundation's reader is off in a number's last place now and then; this one is not.
    guard let object = (try? JSONValue(parsing: json))?.object, let step = object["step"]?.integer,
      let stage = object["stage"]?.string
    else { return nil }
    self.init(step: step, stage: stage)
    for (name, value) in object where name != "step" && name != "stage" {
      if let value = value.double, value.isFinite { values[name] = value }
    }
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\" + String(scalar)
      case _ where scalar.value < 0x20: result += String(format: "\\u%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// `metrics.jsonl`: one object a step, handed to the system line by line, so that a reader of a live run
/// sees whole lines.
public final class MetricsLog: Sendable {
  private let file: AppendedFile

  /// - Parameter length: of the checkpoint that a run resumes from: later lines are cut off. Nil: all stay.
  public init(_ url: URL, keeping length: Int? = nil) throws(RunError) {
    file = try AppendedFile(url, keeping: length)
  }

  public func append(_ row: MetricsRow) throws(RunError) {
    try file.append(Data((row.json + "\n").utf8))
  }

  /// Bytes so far.
  public var length: Int { file.length }

  /// Forces what was appended to the disk.
  func sync() throws(RunError) { try file.sync() }

  /// Every whole line of a log; what `timings.jsonl` beside it says of the same rows is put back into them.
  public static func rows(of url: URL) throws(RunError) -> [MetricsRow] {
    do {
      let text = try String(contentsOf: url, encoding: .utf8)
      let rows = text.split(separator: "\n").compactMap { MetricsRow(json: $0) }
      return MetricsRow.joined(
        rows, timings: url.deletingLastPathComponent().appending(path: "timings.jsonl"))
    } catch {
      throw RunError("Can't read \(url.path): \(error.localizedDescription). Name a run's folder.")
    }
  }
}
