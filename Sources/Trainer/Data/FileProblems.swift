public import Foundation
import AssayNumerics
import Rows
public import VerifierKit

/// The rows of a file as a task: `.jsonl` or `.jsonl.gz`, in any form that docs/rows.md lists.
///
/// A hash of each prompt decides its split, as with generated tasks, so that two runs, or two files that
/// share questions, never train on what another holds out. Training passes through the rows in another
/// order each time; held-out rows come in the order of the file.
public struct FileProblems: ProblemGenerator {
  public let name: String
  public let domain: String
  private let seed: UInt64
  private let rows: [Split: [Row]]

  /// - Parameters:
  ///   - domain: instead of each row's own.
  ///   - options: `limit`, the most rows that are read; `held_out_share`.
  /// - Throws: a file that can't be read, its first bad line, or a split without rows.
  public init(
    _ file: URL, name: String, domain: String? = nil, options: [String: JSONValue] = [:], seed: UInt64,
    place: String = ""
  ) throws(RecipeError) {
    var options = TaskOptions(options, place: "\(place).options")
    let limit = try options.integer("limit", default: .max, in: 1 ... .max)
    let heldOutShare = try options.share("held_out_share", default: Split.defaultHeldOutShare)
    try options.finish()
    var rows: [Split: [Row]] = [:]
    for var row in try Self.read(file, limit: limit, place: "\(place).file") {
      if let domain { row.problem.domain = domain }
      row.problem.id = "\(name)/\(row.problem.id)"
      row.problem.metadata["task"] = .string(name)
      row.problem.metadata["line"] = .integer(row.line)
      let key = row.problem.prompt.text.lowercased().split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
      rows[Split(key: key, heldOutShare: heldOutShare), default: []].append(row)
    }
    for split in Split.allCases where rows[split, default: []].isEmpty {
      throw RecipeError(
        place: "\(place).file",
        message: "no row of \(file.lastPathComponent) falls into the \(split.rawValue) split. "
          + "Use a longer file, a higher limit, or another held_out_share.")
    }
    self.name = name
    self.domain = domain ?? rows.values.first?.first?.problem.domain ?? ""
    self.seed = seed
    self.rows = rows
  }

  private init(_ other: FileProblems, rows: [Split: [Row]]) {
    (name, domain, seed) = (other.name, other.domain, other.seed)
    self.rows = rows
  }

  /// Of its rows, in alphabetical order.
  var domains: [String] { Set(rows.values.joined().map(\.problem.domain)).sorted() }

  /// Id, question and reference solution of every training row, in the order of the file.
  var trainingTexts: [(id: String, texts: [String])] {
    rows[.train, default: []].map { row in
      (row.problem.id, [row.problem.prompt.text] + [row.referenceCompletion].compactMap(\.self))
    }
  }

  /// The same task without some of its training rows.
  /// - Throws: when none is left.
  func without(_ ids: Set<String>) throws(RecipeError) -> FileProblems {
    guard !ids.isEmpty else { return self }
    var rows = rows
    rows[.train]?.removeAll { ids.contains($0.problem.id) }
    guard rows[.train]?.isEmpty == false else {
      throw RecipeError(
        place: name,
        message:
          "every training row shares ten words in a row with a benchmark. Train on another file, or set "
          + "evaluation.decontaminate to report.")
    }
    return FileProblems(self, rows: rows)
  }

  public var mark: String {
    rowsMark(
      Split.allCases.flatMap { rows[$0, default: []] }.map {
        StoredProblem.json($0.problem).text + ($0.referenceCompletion ?? "")
      })
  }

  public func distinct(_ split: Split) -> Int? { count(split) }

  /// How many different problems a split has.
  public func count(_ split: Split) -> Int { rows[split, default: []].count }

  public func problem(_ index: Int, split: Split) -> Problem {
    let rows = rows[split, default: []]
    let (pass, place) = index.quotientAndRemainder(dividingBy: rows.count)
    guard split == .train else { return rows[place].problem }
    let task = Int(truncatingIfNeeded: CounterRandom.hash(name))
    let order = Shuffle(count: rows.count, key: CounterRandom(seed: seed, task, pass))
    return rows[order[place]].problem
  }

  /// Made from the row's reference solution. Its reasoning becomes the thoughts; a program has none.
  public func workedSolution(for problem: Problem) -> String? {
    guard problem.metadata["task"]?.string == name, let line = problem.metadata["line"]?.integer,
      let row = rows.values.joined().first(where: { $0.line == line }), row.problem.id == problem.id,
      let solution = row.referenceCompletion
    else { return nil }
    if problem.tests != nil { return solution }
    guard let answer = problem.reference?.scalarText else { return nil }
    return worked(thoughts(solution), answer: answer, style: .plain)
  }

  /// GSM8K's solutions without the calculator's annotations (`<<3*4=12>>`) and the line of the answer.
  private func thoughts(_ solution: String) -> [String] {
    solution.replacing(/<<[^<>]*>>/, with: "").split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("####") }
  }

  static func read(_ file: URL, limit: Int, place: String) throws(RecipeError) -> [Row] {
    var rows: [Row] = []
    let reader: RowReader
    do {
      reader = try RowReader(file.path)
    } catch {
      throw RecipeError(place: place, message: error.description)
    }
    while rows.count < limit, let next = reader.next() {
      switch next {
      case .success(let row): rows.append(row)
      case .failure(let error):
        throw RecipeError(place: place, message: "\(file.lastPathComponent), \(error.description)")
      }
    }
    if let failure = reader.failure { throw RecipeError(place: place, message: failure.description) }
    return rows
  }
}

/// What rows are, in a few characters: another row, or another place, gives another text.
func rowsMark(_ rows: [String]) -> String {
  var hash = StableHash()
  for row in rows {
    hash.combine(row.utf8)
    hash.combine(UInt8(ascii: "\n"))
  }
  return "\(rows.count) rows, \(String(hash.value, radix: 16))"
}

/// A permutation of 0..<count that is computed element by element: a Feistel network of four rounds on the
/// smallest even number of bits that holds `count`, walked until it lands inside (Black and Rogaway 2002,
/// "Ciphers with arbitrary finite domains").
struct Shuffle {
  let count: Int
  let key: CounterRandom
  private let halfBits: Int

  init(count: Int, key: CounterRandom) {
    self.count = count
    self.key = key
    let bits = Int.bitWidth - max(1, count - 1).leadingZeroBitCount
    halfBits = (bits + 1) / 2
  }

  subscript(index: Int) -> Int {
    var value = index
    repeat { value = encrypted(value) } while value >= count
    return value
  }

  private func encrypted(_ value: Int) -> Int {
    let mask = 1 << halfBits - 1
    var (left, right) = (value >> halfBits, value & mask)
    for round in 0..<4 {
      let scrambled = key.bits(at: UInt64(round << 32 | right))
      (left, right) = (right, left ^ Int(truncatingIfNeeded: scrambled) & mask)
    }
    return left << halfBits | right
  }
}
