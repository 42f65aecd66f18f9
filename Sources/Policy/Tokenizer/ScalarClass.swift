/// What a character is to the splitting patterns: Unicode 16, as for the patterns of `tokenizers` 0.23. What came
/// later is a symbol, also where Swift knows it. Of all characters 13 digits of Unicode 17 differ, and those only for
/// `Digits`, which reads them as digits there.
enum ScalarClass: UInt8 {
  case letter, number, space, other

  init(_ scalar: Unicode.Scalar) {
    let properties = scalar.properties
    if properties.isWhitespace {
      self = .space
      return
    }
    if let age = properties.age, age.major > 16 {
      self = .other
      return
    }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
    case .decimalNumber, .letterNumber, .otherNumber: self = .number
    default: self = .other
    }
  }

  /// Of planes 0 and 1, by scalar: asking the standard library takes ten times as long. Never freed.
  nonisolated(unsafe) static let table: UnsafePointer<ScalarClass> = {
    let table = UnsafeMutablePointer<ScalarClass>.allocate(capacity: tableSize)
    for value in 0..<tableSize {
      let scalar = Unicode.Scalar(UInt32(value))
      (table + value).initialize(to: scalar.map { ScalarClass($0) } ?? .other)
    }
    return UnsafePointer(table)
  }()
  static let tableSize = 0x20000
}
