/// The program in a completion.
public enum CodeExtraction {
  /// Behind the thoughts: the last fenced block, of Python where a language is named; one that the end of the
  /// text cuts off counts too. Without a fence, text that begins a line with `def`, `class`, `import`, `from`
  /// or `print`/`input` calls is taken whole from that line on. Nil when there is no program.
  public static func program(in completion: String) -> String? {
    let text = ThinkBlock.answer(of: completion)
    if let fenced = lastFence(in: text) { return fenced }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: begins) else { return nil }
    return lines[first...].joined(separator: "\n")
  }

  private static func begins(_ line: Substring) -> Bool {
    let starts = ["def ", "class ", "import ", "from ", "async def ", "print(", "@"]
    return starts.contains { line.hasPrefix($0) } || line.contains("input(") && line.contains("=")
  }

  private static func lastFence(in text: Substring) -> String? {
    var found: String?
    var block: [Substring]?
    var isPython = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let bare = line.trimmed()
      if let lines = block {
        if bare.hasPrefix("```") {
          if isPython { found = lines.joined(separator: "\n") }
          block = nil
        } else if bare.hasSuffix("```"), bare.count > 3 {
          if isPython { found = (lines + [line.dropLast(3)]).joined(separator: "\n") }
          block = nil
        } else {
          block?.append(line)
        }
      } else if let fence = line.lastRange(of: "```"),
        line[fence.upperBound...].allSatisfy({ !$0.isWhitespace })
      {
        let language = line[fence.upperBound...].lowercased()
        isPython = ["", "python", "py", "python3"].contains(language)
        block = []
      }
    }
    if let lines = block, isPython, lines.contains(where: { $0.hasLetterOrDigit }) {
      found = lines.joined(separator: "\n")
    }
    return found.flatMap { $0.hasLetterOrDigit ? $0 : nil }
  }
}
