public import Foundation
import Rows
public import VerifierKit

/// Examples as rows: what a harvest writes is what `source: file` reads.
extension SFTExample {
  /// One line of an SFT file: the problem as `assay score` reads it, the completion, and where it comes from.
  public var row: JSONValue {
    var fields = problemRow(completion).object ?? [:]
    fields["task"] = .string(task)
    fields["origin"] = .object(origin)
    return .object(fields)
  }

  /// The examples of a file: rows with `prompt` and `completion`, or with a reference completion, as GSM8K has it.
  /// - Throws: `RunError` for a file that can't be read, its first bad line, or a row without a completion.
  public static func read(_ file: URL) throws(RunError) -> [SFTExample] {
    let reader: RowReader
    do {
      reader = try RowReader(file.path)
    } catch {
      throw RunError(error.description)
    }
    var examples: [SFTExample] = []
    while let next = reader.next() {
      switch next {
      case .failure(let error): throw RunError("\(file.path), \(error.description)")
      case .success(let row):
        guard let completion = row.completion ?? row.referenceCompletion, !completion.isEmpty else {
          throw RunError(
            "\(file.path), line \(row.line): has no completion to imitate. Add “completion”, or leave the row out."
          )
        }
        guard !row.problem.prompt.text.isEmpty else {
          throw RunError("\(file.path), line \(row.line): has no prompt. Add “prompt”, or leave the row out.")
        }
        // What an example says of itself is not the problem's.
        var problem = row.problem
        for key in ["task", "origin"] where row.fields["metadata"]?[key] == nil {
          problem.metadata[key] = nil
        }
        examples.append(
          SFTExample(
            problem: problem, task: row.fields["task"]?.string ?? "", completion: completion,
            origin: row.fields["origin"]?.object
              ?? ["source": .string("file"), "line": .integer(row.line)]))
      }
    }
    if let failure = reader.failure { throw RunError(failure.description) }
    guard !examples.isEmpty else { throw RunError("\(file.path) has no rows. Name another file.") }
    return examples
  }
}

/// The rows of an `sft` stage that reads a file.
struct FileExamples {
  var stage: String
  var examples: [SFTExample]
}

extension Recipe {
  /// What each `sft` stage that names a file reads from it, in order; stages before `first` are done.
  /// - Throws: a file that can't be read, or its first bad line.
  func fileExamples(relativeTo folder: URL, from first: Int = 0) throws(RecipeError) -> [FileExamples] {
    var found: [FileExamples] = []
    for case .sft(let sft) in stages.dropFirst(first) {
      guard let file = sft.file else { continue }
      do {
        found.append(
          FileExamples(stage: sft.name, examples: try SFTExample.read(folder.file(file))))
      } catch {
        throw RecipeError(place: "stage \(sft.name)", message: error.message)
      }
    }
    return found
  }
}

extension Prompt {
  /// As a row has it: text, or a list of messages.
  var json: JSONValue {
    switch self {
    case .text(let text): .string(text)
    case .messages(let messages):
      .array(messages.map { .object(["role": .string($0.role), "content": .string($0.content)]) })
    }
  }
}
