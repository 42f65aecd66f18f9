/// The writing systems that tell languages apart.
enum Script: UInt8, CaseIterable {
  case latin, cyrillic, devanagari, arabic
  case han, kana, greek, hangul, hebrew, bengali, thai, telugu, tamil, gujarati, gurmukhi, kannada, malayalam,
    oriya,
    sinhala, burmese, khmer, lao, georgian, armenian, ethiopic, tibetan
  case other

  /// Nil for what is no letter of a known script; marks count with the letters that they stand on.
  init?(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A: self = .latin
    case 0..<0xAA: return nil
    case 0xD7, 0xF7: return nil
    case 0xAA, 0xBA, 0xC0...0x24F, 0x300...0x36F, 0x1E00...0x1EFF, 0xFF21...0xFF3A, 0xFF41...0xFF5A:
      self = .latin
    case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
    case 0x400...0x52F: self = .cyrillic
    case 0x531...0x58F: self = .armenian
    case 0x591...0x5FF: self = .hebrew
    case 0x620...0x65F, 0x66E...0x6D3, 0x6D5...0x6EF, 0x6FA...0x77F, 0xFB50...0xFDFF, 0xFE70...0xFEFE:
      self = .arabic
    case 0x900...0x963, 0x970...0x97F: self = .devanagari
    case 0x980...0x9E3, 0x9F0...0x9F1: self = .bengali
    case 0xA00...0xA65, 0xA70...0xA7F: self = .gurmukhi
    case 0xA80...0xAE5: self = .gujarati
    case 0xB00...0xB65: self = .oriya
    case 0xB80...0xBE5: self = .tamil
    case 0xC00...0xC65: self = .telugu
    case 0xC80...0xCE5: self = .kannada
    case 0xD00...0xD65: self = .malayalam
    case 0xD80...0xDE5: self = .sinhala
    case 0xE01...0xE3A, 0xE40...0xE4E: self = .thai
    case 0xE81...0xECD: self = .lao
    case 0xF40...0xFBC: self = .tibetan
    case 0x1000...0x103F, 0x1050...0x109D: self = .burmese
    case 0x10A0...0x10FF: self = .georgian
    case 0x1200...0x135F: self = .ethiopic
    case 0x1780...0x17D3: self = .khmer
    case 0x3041...0x309F, 0x30A1...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: self = .kana
    case 0x3005, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2FA1F: self = .han
    case 0xAC00...0xD7AF, 0x1100...0x11FF, 0x3131...0x318E: self = .hangul
    default:
      guard scalar.properties.isAlphabetic else { return nil }
      self = .other
    }
  }

  /// What is written in it; the first is the one that words are taken for where nothing else is known.
  var languages: [String] {
    switch self {
    case .latin, .cyrillic, .devanagari, .arabic: NgramTable.shared.languages(of: self)
    case .han: ["zh", "ja"]
    case .kana: ["ja"]
    case .greek: ["el"]
    case .hangul: ["ko"]
    case .hebrew: ["he", "yi"]
    case .bengali: ["bn", "as"]
    case .thai: ["th"]
    case .telugu: ["te"]
    case .tamil: ["ta"]
    case .gujarati: ["gu"]
    case .gurmukhi: ["pa"]
    case .kannada: ["kn"]
    case .malayalam: ["ml"]
    case .oriya: ["or"]
    case .sinhala: ["si"]
    case .burmese: ["my"]
    case .khmer: ["km"]
    case .lao: ["lo"]
    case .georgian: ["ka"]
    case .armenian: ["hy"]
    case .ethiopic: ["am", "ti"]
    case .tibetan: ["bo", "dz"]
    case .other: []
    }
  }
}
