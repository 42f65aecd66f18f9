/// A model's file or folder can't be read or written.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The path; empty for a checkpoint that was made in memory.
  public var file: String
  /// What is wrong, where, and what to do about it: at most some lines, whatever the file says.
  public var message: String

  public init(file: String, message: String) {
    self.file = file
    self.message = Self.shown(message)
  }

  /// Names in a file may be megabytes, or hold what a terminal takes for commands.
  private static func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let isPlain = scalars.prefix(longest + 1).allSatisfy {
      $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value)
    }
    guard !isPlain || scalars.count > longest else { return text }
    var kept = Array(scalars)
    if kept.count > longest { kept = kept.prefix(longest / 2) + ["…"] + kept.suffix(longest / 2) }
    var shown = String.UnicodeScalarView()
    for scalar in kept {
      let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
      shown.append(isControl ? "\u{fffd}" : scalar)
    }
    return String(shown)
  }

  private static let longest = 600

  public var description: String { file.isEmpty ? message : "\(file): \(message)" }
}
