/// What becomes of a text before it is split: Unicode's form C, or SentencePiece's marks of spaces.
///
/// SentencePiece (Kudo, Richardson 2018, arXiv:1808.06226) writes spaces as ▁, U+2581, and so can't tell a ▁
/// of the text from a space. Here both are spaces, in the vocabulary and in the text.
struct TextNormalization: Sendable, Hashable {
  /// The form C comes first.
  var composes = false
  /// Nil: a space is a character as any other.
  var spaces: SpaceMarks?

  struct SpaceMarks: Sendable, Hashable {
    var prefix = Prefix.none
    /// Whether it is done by a pre-tokenizer (`Metaspace`), behind the search for normalised added tokens.
    var isLate = false
  }

  /// Whether a space is put before a text, or before what an added token leaves of it.
  enum Prefix: Sendable {
    case none
    case always
    /// Not where a space is already.
    case unlessSpace
    /// The same, and not behind an added token.
    case firstUnlessSpace
  }

  /// Which of its two places in the order of things is meant: see `SpaceMarks.isLate`.
  func changes(_ text: UnsafeBufferPointer<UInt8>, late: Bool) -> Bool {
    if let spaces, spaces.isLate == late { return true }
    return !late && composes && CanonicalComposition.unicode9.mayChange(text)
  }

  /// Writes the normalised text to `result`.
  /// - Parameter isFirst: Whether nothing of the text comes before it.
  func apply(
    to text: UnsafeBufferPointer<UInt8>, isFirst: Bool, late: Bool, into result: inout [UInt8]
  ) {
    result.removeAll(keepingCapacity: true)
    if !late, composes {
      result = CanonicalComposition.unicode9(text)
      if let spaces, !spaces.isLate {
        let composed = result
        composed.withUnsafeBufferPointer { mark($0, spaces.prefix, isFirst: isFirst, into: &result) }
      }
    } else if let spaces, spaces.isLate == late {
      mark(text, spaces.prefix, isFirst: isFirst, into: &result)
    } else {
      result.append(contentsOf: text)
    }
  }

  private func mark(
    _ text: UnsafeBufferPointer<UInt8>, _ prefix: Prefix, isFirst: Bool, into result: inout [UInt8]
  ) {
    result.removeAll(keepingCapacity: true)
    guard !text.isEmpty else { return }
    let hasSpace = text[0] == 0x20 || text.starts(with: Self.mark)
    switch prefix {
    case .none: break
    case .always: result.append(0x20)
    case .unlessSpace: if !hasSpace { result.append(0x20) }
    case .firstUnlessSpace: if !hasSpace, isFirst { result.append(0x20) }
    }
    Self.appendSpaces(text, to: &result)
  }

  /// ▁ in UTF-8.
  static let mark: [UInt8] = [0xe2, 0x96, 0x81]

  /// Appends a text with a space for each ▁.
  static func appendSpaces(_ text: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]) {
    var start = 0
    var place = 0
    while place + 2 < text.count {
      guard text[place] == 0xe2, text[place + 1] == 0x96, text[place + 2] == 0x81 else {
        place += 1
        continue
      }
      result.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
      result.append(0x20)
      place += 3
      start = place
    }
    result.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
  }

  static func spaces(for text: String) -> [UInt8] {
    var result: [UInt8] = []
    Array(text.utf8).withUnsafeBufferPointer { appendSpaces($0, to: &result) }
    return result
  }
}
