import VerifierKit

/// `{"kind": "coloring", "vertices": ["0", "1"], "edges": [["0", "1"]], "colors": ["1", "2"]}`: neighbours differ. Numbers
/// are taken for names. Answered as a JSON object, or `0: 1, 1: 2`.
struct GraphColoring: AnswerPuzzle {
  private let vertices: [String]
  private let edges: [(String, String)]
  private let colors: Set<String>

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let vertices = json["vertices"]?.names, let colors = json["colors"]?.names, !vertices.isEmpty,
      Set(vertices).count == vertices.count, let list = json["edges"]?.array
    else { return nil }
    let edges = list.compactMap(\.names)
    guard edges.count == list.count, edges.allSatisfy({ $0.count == 2 && Set(vertices).isSuperset(of: $0) })
    else {
      return nil
    }
    self.vertices = vertices
    self.edges = edges.map { ($0[0], $0[1]) }
    self.colors = Set(colors)
  }

  func judge(_ answer: String) -> Verdict {
    if PuzzleWords.isHedged(answer) || answer.count(where: { $0 == "{" }) > 1 {
      return .rejected("several-answers")
    }
    var given: [String: String] = [:]
    for pair in answer.split(whereSeparator: { ",;\n{}".contains($0) }) {
      let sides = pair.split(separator: ":", omittingEmptySubsequences: false).map { side in
        String(side.filter { !$0.isWhitespace && !"\"'`*".contains($0) })
      }
      guard sides.count == 2 else {
        // Words around the object, and the marks of a fenced block.
        if sides.count == 1, given.isEmpty || pair.allSatisfy({ !$0.isNumber }) { continue }
        return .rejected("no-answer")
      }
      guard vertices.contains(sides[0]) else {
        if sides[1].isEmpty { continue }
        return .rejected("wrong-answer", ["vertex": sides[0].shortened(to: 50)])
      }
      if given.updateValue(sides[1], forKey: sides[0]) != nil { return .rejected("several-answers") }
    }
    guard given.count == vertices.count else { return .rejected("no-answer") }
    guard given.values.allSatisfy(colors.contains) else { return .rejected("wrong-answer") }
    if let clash = edges.first(where: { given[$0.0] == given[$0.1] }) {
      return .rejected("wrong-answer", ["edge": "\(clash.0)-\(clash.1)"])
    }
    return .accepted("consistent")
  }
}

/// `{"kind": "queens", "board": [["_", "Q"], ...]}`: as many queens as rows, those that stand stay, none attacks another.
struct QueensBoard: AnswerPuzzle {
  private let given: [[Bool]]

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let rows = json["board"]?.array?.map({ $0.strings ?? [] }), (1...64).contains(rows.count),
      rows.allSatisfy({ $0.count == rows.count && $0.allSatisfy { $0 == "Q" || $0 == "_" } })
    else { return nil }
    given = rows.map { $0.map { $0 == "Q" } }
  }

  func judge(_ answer: String) -> Verdict {
    if PuzzleWords.isHedged(answer) { return .rejected("several-answers") }
    guard
      let board = Board.rows(answer, count: given.count, cell: { ["Q": true, "_": false, ".": false][$0] })
    else {
      return .rejected("no-answer")
    }
    let queens = board.indices.flatMap { row in board[row].indices.filter { board[row][$0] }.map { (row, $0) }
    }
    let keeps = given.indices.allSatisfy { row in
      given[row].indices.allSatisfy { !given[row][$0] || board[row][$0] }
    }
    let isRight =
      keeps && queens.count == given.count && Set(queens.map(\.0)).count == queens.count
      && Set(queens.map(\.1)).count == queens.count && Set(queens.map { $0.0 + $0.1 }).count == queens.count
      && Set(queens.map { $0.0 - $0.1 }).count == queens.count
    return isRight ? .accepted("consistent") : .rejected("wrong-answer")
  }
}

/// `{"kind": "sudoku", "grid": [[1, 0, ...], ...], "box": [2, 2]}`: 0 is free; each row, column and box of so many rows
/// and columns has every number once.
struct SudokuGrid: AnswerPuzzle {
  private let given: [[Int]]
  private let box: (rows: Int, columns: Int)

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let rows = json["grid"]?.array?.map({ $0.integers ?? [] }), let box = json["box"]?.integers,
      box.count == 2,
      box.allSatisfy({ (1...6).contains($0) }), case let size = box[0] * box[1], rows.count == size,
      rows.allSatisfy({ $0.count == size && $0.allSatisfy { (0...size).contains($0) } })
    else { return nil }
    given = rows
    self.box = (box[0], box[1])
  }

  func judge(_ answer: String) -> Verdict {
    let size = given.count
    if PuzzleWords.isHedged(answer) { return .rejected("several-answers") }
    guard
      let grid = Board.rows(
        answer, count: size, cell: { text in Int(text).flatMap { (1...size).contains($0) ? $0 : nil } })
    else { return .rejected("no-answer") }
    let all = Set(1...size)
    let keeps = (0..<size).allSatisfy { row in
      (0..<size).allSatisfy { given[row][$0] == 0 || given[row][$0] == grid[row][$0] }
    }
    let boxes = (0..<size).map { index -> Set<Int> in
      let (row, column) = (index / box.rows * box.rows, index % box.rows * box.columns)
      return Set((0..<size).map { grid[row + $0 / box.columns][column + $0 % box.columns] })
    }
    let isRight =
      keeps && grid.allSatisfy { Set($0) == all }
      && (0..<size).allSatisfy { column in Set(grid.map { $0[column] }) == all }
      && boxes.allSatisfy { $0 == all }
    return isRight ? .accepted("consistent") : .rejected("wrong-answer")
  }
}

/// `{"kind": "hanoi", "disks": 3, "pegs": 4, "from": 1, "to": 3}`: moves, a line each, that take the tower over. With
/// `"shortest": 7`, a longer way scores 7 / moves.
struct HanoiMoves: AnswerPuzzle {
  private let disks: Int
  private let pegs: Int
  private let from: Int
  private let to: Int
  private let shortest: Int

  static let isBlock = true

  init?(_ json: JSONValue) {
    guard let disks = json["disks"]?.integer, let pegs = json["pegs"]?.integer,
      let from = json["from"]?.integer,
      let to = json["to"]?.integer, (1...20).contains(disks), (3...20).contains(pegs),
      (1...pegs).contains(from),
      (1...pegs).contains(to), from != to
    else { return nil }
    (self.disks, self.pegs, self.from, self.to) = (disks, pegs, from, to)
    shortest = json["shortest"]?.integer ?? .max
  }

  func judge(_ answer: String) -> Verdict {
    var towers: [[Int]] = Array(repeating: [], count: pegs + 1)
    towers[from] = Array((1...disks).reversed())
    var moves = 0
    for line in answer.split(whereSeparator: \.isNewline) {
      let words = PuzzleWords.of(String(line)).map { $0.lowercased() }
      guard let start = words.firstIndex(of: "move") else { continue }
      moves += 1
      // `disk -2`: signs are no part of words.
      if line.contains(/\s-\d/) { return .rejected("no-answer", ["move": String(moves)]) }
      let move = Array(words[start...])
      // A number may stand before it, and no word: `do not move` is no move.
      guard move.count == 9, words[..<start].allSatisfy({ Int($0) != nil || $0 == "step" }),
        move[1] == "disk", move[3...4] == ["from", "peg"], move[6...7] == ["to", "peg"],
        case let numbers = move.compactMap(Int.init), numbers.count == 3
      else { return .rejected("no-answer", ["move": String(moves)]) }
      let (disk, source, target) = (numbers[0], numbers[1], numbers[2])
      guard (1...pegs).contains(source), (1...pegs).contains(target), towers[source].last == disk,
        towers[target].last ?? .max > disk
      else { return .rejected("wrong-answer", ["move": String(moves)]) }
      towers[source].removeLast()
      towers[target].append(disk)
    }
    guard moves > 0 else { return .rejected("no-answer") }
    guard towers[to].count == disks else { return .rejected("unfinished") }
    return .accepted("solved", score: min(1, Double(shortest) / Double(moves)), ["moves": String(moves)])
  }
}

/// Cells in lines.
enum Board {
  /// The cells of the lines that have just `count` of them; nil unless there are `count` such lines, one below the other.
  static func rows<Cell>(_ text: String, count: Int, cell: (String) -> Cell?) -> [[Cell]]? {
    var rows: [[Cell]] = []
    // JSON on one line, and lines between boxes.
    let lines = text.replacing("],", with: "]\n").split(whereSeparator: \.isNewline)
    for line in lines where !line.allSatisfy({ "-+=|: ".contains($0) }) {
      var parts = line.split { $0.isWhitespace || ",|[]\"'".contains($0) }.map(String.init)
      if parts.count == 1, count > 1 { parts = parts[0].map(String.init) }
      let cells = parts.count == count ? parts.compactMap(cell) : []
      if cells.count == count {
        rows.append(cells)
      } else if !rows.isEmpty, rows.count < count {
        return nil
      }
    }
    return rows.count == count ? rows : nil
  }
}

extension JSONValue {
  /// A list of names, numbers taken for them; nil for anything else.
  fileprivate var names: [String]? {
    guard let array else { return nil }
    let names = array.compactMap(\.scalarText)
    return names.count == array.count ? names : nil
  }
}
