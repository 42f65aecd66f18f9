import VerifierKit

/// Whether an answer that is equal to the gold one is an expression of the prompt as it stands there: `2^{10}` to
/// `What is 2^{10}?`, `x^2 - 5x + 6` to `Factor ...`. A policy that is rewarded for it learns nothing else.
///
/// Numbers, fractions in lowest terms and whatever is written as the gold answer is are never the question again.
enum QuestionAgain {
  /// Whether all of the answer's expressions, what stands between words, equals signs and stops, are the prompt's.
  static func isAsked(_ answer: String, _ given: MathForm, gold: MathForm, in prompt: String) -> Bool {
    guard !prompt.isEmpty, prompt.utf8.count <= 20_000, answer.utf8.count <= 1000,
      given.mayBeAsked(for: gold), !given.isWritten(as: gold)
    else { return false }
    let parts = expressions(answer)
    return !parts.isEmpty && Set(expressions(prompt)).isSuperset(of: parts)
  }

  /// What TeX prints as the same, or not at all.
  private static let spellings: [(String, String)] = [
    ("\\left", ""), ("\\right", ""), ("\\displaystyle", ""), ("\\,", ""), ("\\!", ""), ("\\;", ""),
    ("\\ ", ""),
    ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\cdot", "*"), ("\\times", "*"), ("\\div", "/"),
    ("×", "*"),
    ("·", "*"), ("÷", "/"), ("−", "-"), ("–", "-"), ("\\(", "$"), ("\\)", "$"), ("\\[", "$"), ("\\]", "$"),
  ]

  private static let words: Set<String> = [
    "of", "is", "to", "in", "at", "if", "by", "as", "on", "or", "be", "we", "an", "it", "so", "do", "up",
    "If", "In", "Is",
  ]

  private static func expressions(_ text: String) -> [String] {
    var text = text
    for (spelling, plain) in spellings where text.utf8.contains(spelling.utf8.first ?? 0) {
      text = text.replacing(spelling, with: plain)
    }
    let bytes = Array(text.utf8)
    var (found, current): ([String], [UInt8]) = ([], [])
    func isLetter(_ index: Int) -> Bool {
      bytes.indices.contains(index) && (bytes[index] | 32) &- 97 < 26
    }
    func isDigit(_ index: Int) -> Bool { bytes.indices.contains(index) && bytes[index] &- 48 < 10 }
    func end() {
      if !current.isEmpty { found.append(String(decoding: current, as: UTF8.self)) }
      current = []
    }
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if isLetter(index) {
        let start = index
        while isLetter(index) { index += 1 }
        // Words part expressions; `\sqrt`, `x` and `xy` belong to one.
        let isCommand = start > 0 && bytes[start - 1] == UInt8(ascii: "\\")
        let isWord =
          index - start > 2
          || index - start == 2 && words.contains(String(decoding: bytes[start..<index], as: UTF8.self))
        if isCommand || !isWord { current += bytes[start..<index] } else { end() }
        continue
      }
      switch byte {
      case 0...32: break
      case UInt8(ascii: "."), UInt8(ascii: ","):
        if isDigit(index - 1), isDigit(index + 1) { current.append(byte) } else { end() }
      case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ";"):
        end()
      default: current.append(byte)
      }
      index += 1
    }
    end()
    return found
  }
}

extension MathForm {
  /// Whether there is something in it to be worked out or rewritten.
  fileprivate func mayBeAsked(for gold: MathForm) -> Bool {
    switch (self, gold) {
    case (.value(let scalar), _): !scalar.node.isLowest
    case (.named(_, let form), _): form.mayBeAsked(for: gold)
    // `2^{10} = 1024` says what it is.
    case (.equation(let nodes), .value): nodes.allSatisfy { !$0.isLowest }
    case (.equation(let nodes), _): nodes.contains { !$0.isLowest }
    default: false
    }
  }

  fileprivate func isWritten(as gold: MathForm) -> Bool {
    switch (self.unnamed, gold.unnamed) {
    case (.value(let a), .value(let b)): a.node == b.node
    case (.equation(let a), .equation(let b)): a == b
    default: false
    }
  }
}

extension MathNode {
  /// A number, a letter, or a fraction in lowest terms.
  fileprivate var isLowest: Bool {
    switch self {
    case .number, .symbol: true
    case .negate(let a): a.isLowest
    case .divide(let a, let b):
      if let x = a.exact(), let y = b.exact(), a.isLiteral, b.isLiteral, x.isInteger, y.isInteger {
        x.divided(by: y).map { $0.denominator == y.numerator.magnitude } ?? false
      } else {
        false
      }
    default: isLiteral
    }
  }
}
