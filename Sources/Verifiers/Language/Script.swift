/// The writing systems that tell languages apart.
enum Script: Hashable {
  case latin, cyrillic, greek, han, kana, hangul, arabic, hebrew, devanagari, bengali, thai, telugu, tamil,
    other

  init?(_ scalar: Unicode.Scalar) {
    guard scalar.properties.isAlphabetic else { return nil }
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A, 0xAA...0x24F, 0x1E00...0x1EFF: self = .latin
    case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
    case 0x400...0x52F: self = .cyrillic
    case 0x590...0x5FF: self = .hebrew
    case 0x600...0x6FF, 0x750...0x77F, 0xFB50...0xFDFF, 0xFE70...0xFEFF: self = .arabic
    case 0x900...0x97F: self = .devanagari
    case 0x980...0x9FF: self = .bengali
    case 0xB80...0xBFF: self = .tamil
    case 0xC00...0xC7F: self = .telugu
    case 0xE00...0xE7F: self = .thai
    case 0x3040...0x30FF, 0x31F0...0x31FF: self = .kana
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2FA1F: self = .han
    case 0xAC00...0xD7AF, 0x1100...0x11FF: self = .hangul
    default: self = .other
    }
  }

  /// Letters of each script; kana make the Han characters beside them Japanese.
  static func shares(of text: String) -> [Script: Int] {
    var counts: [Script: Int] = [:]
    for scalar in text.unicodeScalars {
      if let script = Script(scalar) { counts[script, default: 0] += 1 }
    }
    if let kana = counts[.kana], let han = counts[.han], kana * 10 >= han {
      counts[.kana] = kana + han
      counts[.han] = nil
    }
    return counts
  }

  static func used(by code: String) -> Set<Script> {
    switch code {
    case "zh": [.han]
    case "ja": [.kana, .han]
    case "ko": [.hangul]
    case "ru", "uk", "bg", "be", "mk", "kk", "mn": [.cyrillic]
    case "sr": [.cyrillic, .latin]
    case "el": [.greek]
    case "he", "yi": [.hebrew]
    case "ar", "fa", "ur", "ps": [.arabic]
    case "hi", "mr", "ne": [.devanagari]
    case "bn", "as": [.bengali]
    case "th": [.thai]
    case "te": [.telugu]
    case "ta": [.tamil]
    case "gu", "pa", "kn", "ml", "si", "my", "km", "lo", "ka", "hy", "am", "bo": [.other]
    default: [.latin]
    }
  }

  /// Whether text in this script is in this language as far as anybody here can tell.
  static func decides(_ script: Script, _ code: String) -> Bool {
    switch (script, code) {
    case (.han, "zh"), (.kana, "ja"), (.hangul, "ko"), (.greek, "el"), (.hebrew, "he"), (.thai, "th"),
      (.telugu, "te"), (.tamil, "ta"), (.bengali, "bn"):
      true
    default: false
    }
  }
}
