/// `March 4, 2020`, `4th of March 2020`, `Wed, 4 Mar`, `2020-03-04`: a day, with its year or without.
struct CalendarDate: Equatable {
  private var year: Int?
  private var month: Int
  private var day: Int
  /// Its first three letters.
  private var weekday: String?

  private static let months: [String: Int] = {
    let names = [
      "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
      "november",
      "december",
    ]
    var table: [String: Int] = ["sept": 9]
    for (index, name) in names.enumerated() {
      (table[name], table[String(name.prefix(3))]) = (index + 1, index + 1)
    }
    return table
  }()

  private static let weekdays: Set<String> = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu",
    "fri", "sat",
    "sun",
  ]

  /// Nil for anything else.
  init?(_ text: String) {
    guard (4...60).contains(text.utf8.count), Self.mayBe(text.utf8) else { return nil }
    let words = text.lowercased().split { $0 == " " || $0 == "," || $0 == "." || $0 == "$" || $0 == "~" }
    if words.count == 1 {
      self.init(hyphened: words[0])
      return
    }
    var (year, month, day): (Int?, Int?, Int?) = (nil, nil, nil)
    var weekday: String?
    for word in words {
      if let known = Self.months[String(word)], month == nil {
        month = known
      } else if let number = Self.number(word) {
        // A day comes before a year.
        if day == nil, number <= 31, word.utf8.count <= 4 {
          day = number
        } else if year == nil, word.utf8.count == 4 {
          year = number
        } else {
          return nil
        }
      } else if Self.weekdays.contains(String(word)), weekday == nil {
        weekday = String(word.prefix(3))
      } else if word != "of", word != "the", word != "on" {
        return nil
      }
    }
    guard let month, let day else { return nil }
    self.init(year, month, day)
    self.weekday = weekday
  }

  /// `2020-03-04` alone.
  init?(hyphened text: some StringProtocol) {
    guard text.utf8.count == 10 else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2])
    else { return nil }
    self.init(year, month, day)
  }

  /// Whether some word begins as a month, or there are two hyphens where they stand in `2020-03-04`.
  private static func mayBe(_ bytes: String.UTF8View) -> Bool {
    var (word, isHyphened) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      let letter = byte | 32
      if letter &- 97 < 26 {
        word = word << 8 | Int(letter)
        if word < 1 << 24, starts.contains(word) { return true }
      } else {
        word = 0
        if byte == UInt8(ascii: "-"), index == 4 || index == 7 { isHyphened += 1 }
      }
      // Longer words than three letters are none of interest.
      if word >= 1 << 24 { word = 1 << 24 }
    }
    return isHyphened == 2 && bytes.count <= 12
  }

  /// The first three letters of the months, as numbers.
  private static let starts = Set(months.keys.map { $0.utf8.prefix(3).reduce(0) { $0 << 8 | Int($1) } })

  private init?(_ year: Int?, _ month: Int, _ day: Int) {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// `4`, `4th`, `2020`.
  private static func number(_ word: Substring) -> Int? {
    let digits = word.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, ["", "st", "nd", "rd", "th"].contains(word[digits.endIndex...]) else { return nil }
    return Int(digits)
  }

  /// A year or weekday that one side leaves out is not asked for.
  func matches(_ other: CalendarDate) -> Bool {
    month == other.month && day == other.day && (year == other.year || year == nil || other.year == nil)
      && (weekday == other.weekday || weekday == nil || other.weekday == nil)
  }
}
