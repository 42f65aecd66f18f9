/// The program in a completion.
public enum CodeExtraction {
  /// Behind the thoughts: the last fenced block of Python; one without a language counts where none is named, or where
  /// it defines something; one that the end of the text cuts off counts too. Without a fence, text that begins a line
  /// with `def`, `class`, `import`, `from` or `print`/`input` calls is taken whole from that line on. Nil when there is
  /// no program.
  public static func program(in completion: String) -> String? {
    let text = ThinkBlock.answer(of: completion).replacing("\r\n", with: "\n")
    if let fenced = lastFence(in: text) { return fenced }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: begins) else { return nil }
    return lines[first...].joined(separator: "\n")
  }

  private static let definitions = ["def ", "class ", "import ", "from ", "async def "]

  private static func begins(_ line: Substring) -> Bool {
    (definitions + ["print(", "@"]).contains { line.hasPrefix($0) }
      || line.contains("input(") && line.contains("=")
  }

  /// A fenced block under way.
  private struct Block {
    var lines: [Substring] = []
    /// Nil: another language's.
    var isLabelled: Bool?
    /// Blanks before its fence, of a block in a list.
    var indent: Int

    init(fence line: Substring, language: String) {
      isLabelled =
        language.isEmpty ? false : ["python", "py", "python3"].contains(language) ? true : nil
      let blanks = line.prefix { $0 == " " }
      indent = line[blanks.endIndex...].hasPrefix("```") ? blanks.count : 0
    }

    mutating func add(_ line: Substring) {
      lines.append(line.prefix(indent).allSatisfy { $0 == " " } ? line.dropFirst(indent) : line)
    }
  }

  private static func lastFence(in text: Substring) -> String? {
    var found: String?
    var isNamed = false
    var block: Block?
    func take(_ block: Block) {
      guard let isLabelled = block.isLabelled else { return }
      // What a program prints is shown in such blocks, too.
      let defines = block.lines.contains { line in definitions.contains { line.hasPrefix($0) } }
      if isLabelled || !isNamed || defines { found = block.lines.joined(separator: "\n") }
      isNamed = isNamed || isLabelled
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.trimmed()
      if block != nil {
        if bare.hasPrefix("```") {
          block.map(take)
          block = nil
        } else if bare.hasSuffix("```"), bare.count > 3 {
          block?.add(line.lastRange(of: "```").map { line[..<$0.lowerBound] } ?? line)
          block.map(take)
          block = nil
        } else {
          block?.add(line)
        }
      } else if let fence = line.lastRange(of: "```") {
        // Within a sentence a blank behind the marks says that they end something.
        let rest = line[fence.upperBound...]
        let opensLine = line[..<fence.lowerBound].allSatisfy(\.isWhitespace)
        let language = rest.trimmed().lowercased()
        if opensLine || rest.first?.isWhitespace != true, language.allSatisfy({ !$0.isWhitespace }) {
          block = Block(fence: line, language: language)
        }
      }
    }
    if let block, block.lines.contains(where: { $0.hasLetterOrDigit }) { take(block) }
    return found.flatMap { $0.hasLetterOrDigit ? $0 : nil }
  }
}
