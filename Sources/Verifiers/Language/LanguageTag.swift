import CLanguageID

/// A language by its BCP 47 code, as far as identification goes: region dropped, script kept for Chinese.
struct LanguageTag: Hashable {
  let code: String

  init(_ text: String) {
    let lowered = text.lowercased().replacing("_", with: "-")
    let primary = lowered.split(separator: "-").first.map(String.init) ?? lowered
    // CLD2's older codes and the macrolanguages that it can't split.
    code =
      ["iw": "he", "jw": "jv", "in": "id", "tl": "fil", "nb": "no", "nn": "no", "cmn": "zh"][primary]
      ?? primary
  }

  static func detect(_ text: String) -> (tag: LanguageTag, isReliable: Bool)? {
    var text = text
    var code = [CChar](repeating: 0, count: 16)
    let reliable = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { assay_detect_language($0.baseAddress, $0.count, &code) }
    }
    let name = String(decoding: code.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return name.isEmpty ? nil : (LanguageTag(name), reliable)
  }

  /// Whether a sentence is in this language. Its script must fit; a sentence in the language's own script of
  /// which CLD2 is not sure (few words, names) counts for it.
  func matches(_ sentence: String) -> Bool {
    let scripts = Script.shares(of: sentence)
    guard let main = scripts.max(by: { $0.value < $1.value })?.key else { return false }
    guard Script.used(by: code).contains(main) else { return false }
    // One language of the few that a script is used for needs no identifier.
    if Script.decides(main, code) { return true }
    guard let found = Self.detect(sentence) else { return true }
    return found.tag == self || !found.isReliable
  }
}
