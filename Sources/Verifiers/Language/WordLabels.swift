/// The language of each word of a prose, told from its letters and its neighbours.
///
/// A script that one language writes decides by itself. In the others the likeliest sequence of languages is sought
/// (Viterbi 1967): a word costs what its n-grams say (`NgramTable`), a change of language costs more within a sentence
/// than between two. Languages that explain too little of a text are left out, and the rest is sought again.
struct WordLabels {
  /// One a word: an index into `languages`.
  private(set) var labels: [Int]
  private(set) var languages: [String] = []

  // In sixteenths of a logarithm of probability; set on the open half of the labelled texts.
  private static let switchCost = 320.0
  private static let mostOfAWord: Int32 = 192
  private static let leastGain = 480
  private static let targetBonus: Int32 = 64

  /// - Parameter target: The language that is asked for: it is preferred where evidence is even.
  init(_ words: [CountedWord], of prose: [UInt8], target: String?) {
    labels = Array(repeating: 0, count: words.count)
    var byScript: [Script: [Int]] = [:]
    for (index, word) in words.enumerated() { byScript[word.script, default: []].append(index) }
    for (script, places) in byScript {
      switch script {
      case .latin, .cyrillic, .devanagari, .arabic: label(places, words, prose, script, target)
      case .han: labelHan(places, words)
      default:
        let known = script.languages
        let language = target.flatMap { known.contains($0) ? $0 : nil } ?? known.first ?? "?"
        let label = self.label(of: language)
        for place in places { labels[place] = label }
      }
    }
  }

  private mutating func label(of language: String) -> Int {
    if let index = languages.firstIndex(of: language) { return index }
    languages.append(language)
    return languages.count - 1
  }

  /// Words per language.
  var counts: [String: Int] {
    var counts = Array(repeating: 0, count: languages.count)
    for label in labels { counts[label] += 1 }
    return Dictionary(uniqueKeysWithValues: zip(languages, counts))
  }

  /// Han beside kana, in the same sentence, is Japanese.
  private mutating func labelHan(_ places: [Int], _ words: [CountedWord]) {
    let (chinese, japanese) = (label(of: "zh"), label(of: "ja"))
    var start = 0
    while start < words.count {
      var end = start + 1
      while end < words.count, words[end].gap != .strong { end += 1 }
      var han = 0, kana = 0
      for word in words[start..<end] {
        if word.script == .han { han += word.range.count }
        if word.script == .kana { kana += word.range.count }
      }
      let isJapanese = kana > 0 && kana * 5 >= han
      for index in start..<end where words[index].script == .han {
        labels[index] = isJapanese ? japanese : chinese
      }
      start = end
    }
  }

  // --- Scripts of several languages ---

  private mutating func label(
    _ places: [Int], _ words: [CountedWord], _ prose: [UInt8], _ script: Script, _ target: String?
  ) {
    let all = script.languages
    var costs = Array(repeating: Int32(0), count: places.count * all.count)
    costs.withUnsafeMutableBufferPointer { costs in
      for (row, place) in places.enumerated() {
        let lowered = Self.lowered(prose[words[place].range])
        let part = UnsafeMutableBufferPointer(rebasing: costs[row * all.count..<(row + 1) * all.count])
        NgramTable.shared.add(lowered, of: script, to: part)
      }
    }
    let gaps = places.indices.map { index -> Int32 in
      guard index > 0 else { return 0 }
      // Words of other scripts between are a gap too.
      var gap = words[places[index]].gap
      if places[index] != places[index - 1] + 1 {
        gap = max(gap, words[(places[index - 1] + 1)...places[index]].map(\.gap).max() ?? .none, .weak)
      }
      let share = gap == .none ? 1 : gap == .weak ? 0.7 : 0.35
      return Int32(Self.switchCost * share)
    }
    var kept = Array(all.indices)
    var path: [Int] = []
    for round in 0..<3 {
      path = Self.path(costs, all.count, kept, gaps, target.flatMap { all.firstIndex(of: $0) })
      if round == 2 { break }
      let useful = Self.useful(path, costs, all.count)
      if useful.count == kept.count { break }
      kept = useful.sorted()
    }
    let labels = all.map { label(of: $0) }
    for (place, language) in zip(places, path) { self.labels[place] = labels[language] }
  }

  /// The word between blanks, in lower case.
  private static func lowered(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = [32]
    out.reserveCapacity(word.count + 2)
    if word.allSatisfy({ $0 < 0x80 }) {
      for byte in word { out.append(byte &- 65 < 26 ? byte | 32 : byte) }
    } else {
      out += Array(String(decoding: word, as: UTF8.self).lowercased().utf8)
    }
    out.append(32)
    return out
  }

  /// The cheapest sequence of languages among `kept`, one a word.
  private static func path(
    _ costs: [Int32], _ stride: Int, _ kept: [Int], _ gaps: [Int32], _ target: Int?
  ) -> [Int] {
    let count = gaps.count
    var totals = [Int32](repeating: 0, count: kept.count)
    var back = [UInt8](repeating: 0, count: count * kept.count)
    for row in 0..<count {
      let base = row * stride
      var least = Int32.max
      for language in kept { least = min(least, costs[base + language]) }
      var best = 0
      for index in kept.indices where totals[index] < totals[best] { best = index }
      let floor = totals[best]
      for (index, language) in kept.enumerated() {
        var total = totals[index] - floor
        let change = row == 0 ? 0 : gaps[row] - (language == target ? targetBonus : 0)
        if row == 0 {
          total = language == target ? -targetBonus : 0
          back[index] = UInt8(index)
        } else if total > change {
          total = change
          back[row * kept.count + index] = UInt8(best)
        } else {
          back[row * kept.count + index] = UInt8(index)
        }
        totals[index] = total + min(costs[base + language] - least, mostOfAWord)
      }
    }
    var path = [Int](repeating: 0, count: count)
    var state = totals.indices.min { totals[$0] < totals[$1] } ?? 0
    for row in Swift.stride(from: count - 1, through: 0, by: -1) {
      path[row] = kept[state]
      state = Int(back[row * kept.count + state])
    }
    return path
  }

  /// The languages whose words would cost much more in any other that is kept, the commonest first.
  private static func useful(_ path: [Int], _ costs: [Int32], _ stride: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: stride)
    for language in path { counts[language] += 1 }
    let order = counts.indices.filter { counts[$0] > 0 }.sorted { counts[$0] > counts[$1] }
    guard let first = order.first else { return [] }
    var kept = [first]
    for language in order.dropFirst() {
      var gain = 0
      for (row, own) in path.enumerated() where own == language {
        let base = row * stride
        let other = kept.map { costs[base + $0] }.min() ?? 0
        gain += Int(min(mostOfAWord, other - costs[base + language]))
      }
      if gain > leastGain { kept.append(language) }
    }
    return kept
  }
}
