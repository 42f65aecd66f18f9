import VerifierKit

/// The options of a verifier as a recipe gives them: each is asked for once, what is left over is an error.
public struct VerifierOptions: Sendable {
  private let verifier: String
  private var left: [String: JSONValue]
  private var asked: [String] = []

  init(_ options: [String: JSONValue], verifier: String) {
    left = options
    self.verifier = verifier
  }

  mutating func flag(_ key: String, default standard: Bool) throws(VerifierFault) -> Bool {
    guard let value = take(key) else { return standard }
    guard let flag = value.bool else { throw wrong(key, "true or false") }
    return flag
  }

  mutating func number(
    _ key: String, default standard: Double, in range: ClosedRange<Double>
  ) throws(VerifierFault) -> Double {
    guard let value = take(key) else { return standard }
    guard let number = value.double, range.contains(number) else {
      throw wrong(key, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A list of some of `names`, or one string with `+` between them, as a command line takes it.
  mutating func names(
    _ key: String, among names: [String], default standard: [String]
  ) throws(VerifierFault) -> [String] {
    guard let value = take(key) else { return standard }
    let given =
      value.array?.map { $0.string ?? "" } ?? value.string?.split(separator: "+").map(String.init) ?? []
    guard !given.isEmpty, given.allSatisfy(names.contains), Set(given).count == given.count else {
      throw wrong(key, "one or more of \(names.joined(separator: ", ")), each once")
    }
    return given
  }

  mutating func text(_ key: String, default standard: String) throws(VerifierFault) -> String {
    guard let value = take(key) else { return standard }
    guard let text = value.string else { throw wrong(key, "a string") }
    return text
  }

  func finish() throws(VerifierFault) {
    guard let key = left.keys.sorted().first else { return }
    let known = asked.isEmpty ? "It has none." : "It has: \(asked.joined(separator: ", "))."
    throw VerifierFault(
      reason: "bad-option",
      message: "\(verifier) has no option “\(key)”.\(nearest(to: key, among: asked)) \(known)")
  }

  private mutating func take(_ key: String) -> JSONValue? {
    asked.append(key)
    return left.removeValue(forKey: key)
  }

  private func wrong(_ key: String, _ wanted: String) -> VerifierFault {
    VerifierFault(reason: "bad-option", message: "\(verifier): \(key) must be \(wanted).")
  }
}

/// ` Did you mean “x”?`, or nothing when no name is near.
func nearest(to name: String, among names: [String]) -> String {
  let distances = names.map { ($0, editDistance(name, $0)) }
  guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 3) else { return "" }
  return " Did you mean “\(best.0)”?"
}

/// Levenshtein's.
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a.prefix(64)), Array(b))
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
      (diagonal, row[j + 1]) = (row[j + 1], next)
    }
  }
  return row[b.count]
}
