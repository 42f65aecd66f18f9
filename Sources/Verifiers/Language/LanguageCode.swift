/// BCP 47 codes, as far as identification goes.
enum LanguageCode {
  /// Region and script dropped; older codes and what can't be told apart by their common name.
  static func normal(_ text: String) -> String {
    let primary =
      text.lowercased().split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map(String.init) ?? ""
    return [
      "iw": "he", "jw": "jv", "in": "id", "fil": "tl", "nb": "no", "nn": "no", "cmn": "zh", "yue": "zh",
      "bs": "hr", "zho": "zh", "eng": "en",
    ][primary] ?? primary
  }

  /// Whether words in a language can be told from others.
  static func isKnown(_ code: String) -> Bool {
    Script.allCases.contains { $0.languages.contains(code) }
  }
}
