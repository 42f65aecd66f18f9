/// What is left out of a harvest although it is correct. DeepSeek-R1, arXiv:2501.12948, §2.3.3: “we have filtered out
/// chain-of-thought with mixed languages, long paragraphs, and code blocks”. It gives no numbers; these are ours.
public struct HarvestFilters: Sendable, Equatable, RecipeSection {
  /// Completions that were cut off at `max_completion_tokens`.
  public var truncated = true
  /// Completions that another verifier of the domain rejects, among those with a weight.
  public var rejected = true
  /// Programs that pass the tests that pay and fail those that watch (`audit_share`).
  public var audit = true
  /// Reasoning in several languages.
  public var mixedLanguage = true
  /// Words of the longest paragraph; 0: no bound.
  public var maxParagraphWords = 300
  /// Share of word 4-grams, or of lines, that repeat earlier ones; 1: no bound.
  public var maxRepetition = 0.5
  /// Text that holds control characters or broken ones, or no letter or digit at all.
  public var unreadable = true
  /// Code blocks in the reasoning; those in the answer stay.
  public var codeBlocks = false
  /// A completion that was kept already of the same problem.
  public var duplicates = true

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.flag("truncated", &truncated)
    try section.flag("rejected", &rejected)
    try section.flag("audit", &audit)
    try section.flag("mixed_language", &mixedLanguage)
    try section.integer("max_paragraph_words", &maxParagraphWords, .atLeast(0))
    try section.number("max_repetition", &maxRepetition, .from(0, to: 1))
    try section.flag("unreadable", &unreadable)
    try section.flag("code_blocks", &codeBlocks)
    try section.flag("duplicates", &duplicates)
  }
}

/// Why a sample is not in a harvest: the last part of `harvest/dropped/REASON`.
public enum HarvestReason: String, Sendable, CaseIterable {
  /// Its judge failed: nothing is known of it.
  case fault
  /// The first verifier of the domain does not accept it.
  case wrong
  case truncated
  case rejected
  /// It passes the tests that pay and fails those that watch.
  case failedAudit = "failed-audit"
  case unreadable
  case longParagraph = "long-paragraph"
  case codeBlock = "code-block"
  case repetition
  case mixedLanguage = "mixed-language"
  case duplicate
  /// Of its problem, `keep_per_problem` are kept already.
  case surplus
}

extension HarvestFilters {
  /// What can be told from the text alone; nil: nothing is wrong with it.
  func reason(against text: String) -> HarvestReason? {
    if unreadable, !Self.isReadable(text) { return .unreadable }
    if maxParagraphWords > 0, Self.longestParagraph(text) > maxParagraphWords { return .longParagraph }
    if codeBlocks, Self.reasoning(text).contains("```") { return .codeBlock }
    if maxRepetition < 1, Self.repetition(text) > maxRepetition { return .repetition }
    return nil
  }

  /// No control characters but tabs and ends of lines, none that stand for broken ones, and something to read.
  static func isReadable(_ text: String) -> Bool {
    var hasContent = false
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control where scalar != "\n" && scalar != "\t" && scalar != "\r": return false
      case .privateUse, .surrogate, .unassigned: return false
      default: if scalar == "\u{fffd}" { return false }
      }
      hasContent = hasContent || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    return hasContent
  }

  /// Words of the longest stretch without an empty line; of scripts without blanks, two letters count as a word.
  static func longestParagraph(_ text: String) -> Int {
    var (longest, current) = (0, 0)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy(\.isWhitespace) {
        current = 0
        continue
      }
      for word in line.split(whereSeparator: \.isWhitespace) {
        let dense = word.unicodeScalars.count { $0.value >= 0x2E80 && $0.properties.isAlphabetic }
        current += max(1, dense / 2)
      }
      longest = max(longest, current)
    }
    return longest
  }

  /// The share of word 4-grams, or of lines with two words or more, that an earlier one equals: the larger of both. Of
  /// scripts without blanks runs of twelve letters are compared instead.
  static func repetition(_ text: String) -> Double {
    let words = text.split(whereSeparator: \.isWhitespace)
    let grams = words.count < 4 ? [] : (0...words.count - 4).map { words[$0..<$0 + 4] }
    let dense = text.unicodeScalars.count(where: WordHashes.standsAlone)
    let isDense = 2 * dense > text.unicodeScalars.count { !$0.properties.isWhitespace }
    let letters = isDense ? WordHashes(text).grams(12) : []
    let lines = text.split(separator: "\n").filter {
      $0.contains(" ") || isDense && $0.unicodeScalars.count(where: WordHashes.standsAlone) > 1
    }
    return max(repeated(grams, atLeast: 4), repeated(letters, atLeast: 4), repeated(lines, atLeast: 4))
  }

  private static func repeated(_ items: [some Hashable], atLeast least: Int) -> Double {
    items.count < least ? 0 : 1 - Double(Set(items).count) / Double(items.count)
  }

  /// Before `</think>`; all of a text without it.
  static func reasoning(_ text: String) -> Substring {
    text.firstRange(of: "</think>").map { text[..<$0.lowerBound] } ?? text[...]
  }
}
