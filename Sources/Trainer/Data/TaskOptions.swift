import VerifierKit

/// The options of one task as the recipe gives them. Each is read once, with its range; what is left
/// unread at the end is unknown.
struct TaskOptions {
  private let values: [String: JSONValue]
  private let place: String
  private var known: [String] = []

  init(_ values: [String: JSONValue], place: String) {
    self.values = values
    self.place = place
  }

  mutating func integer(
    _ key: String, default standard: Int, in range: ClosedRange<Int>
  ) throws(RecipeError) -> Int {
    known.append(key)
    guard let value = values[key] else { return standard }
    guard let integer = value.integer, range.contains(integer) else {
      throw wrong(key, "a whole number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return integer
  }

  /// A smallest and a largest number that belong together: `min_digits` and `max_digits`.
  mutating func range(
    _ noun: String, default standard: ClosedRange<Int>, in bounds: ClosedRange<Int>
  ) throws(RecipeError) -> ClosedRange<Int> {
    let most = try integer("max_\(noun)", default: standard.upperBound, in: bounds)
    let least = try integer("min_\(noun)", default: min(standard.lowerBound, most), in: bounds)
    guard least <= most else {
      throw RecipeError(
        place: "\(place).min_\(noun)", message: "\(least) is more than max_\(noun), \(most). Lower it.")
    }
    return least...most
  }

  /// How hard, from 1 to 5: what the other options are unless they are given.
  mutating func level() throws(RecipeError) -> Int { try integer("level", default: 1, in: 1...5) }

  mutating func share(_ key: String, default standard: Double) throws(RecipeError) -> Double {
    known.append(key)
    guard let value = values[key] else { return standard }
    guard let share = value.double, share > 0, share < 1 else {
      throw wrong(key, "a number between 0 and 1", value)
    }
    return share
  }

  mutating func proportion(_ key: String, default standard: Double) throws(RecipeError) -> Double {
    known.append(key)
    guard let value = values[key] else { return standard }
    guard let share = value.double, (0...1).contains(share) else {
      throw wrong(key, "a number from 0 to 1", value)
    }
    return share
  }

  /// One name out of those known.
  mutating func name(
    _ key: String, default standard: String, among all: [String]
  ) throws(RecipeError) -> String {
    known.append(key)
    guard let value = values[key] else { return standard }
    guard let name = value.string, all.contains(name) else {
      throw wrong(key, "one of \(all.joined(separator: ", "))", value)
    }
    return name
  }

  mutating func flag(_ key: String, default standard: Bool) throws(RecipeError) -> Bool {
    known.append(key)
    guard let value = values[key] else { return standard }
    guard let flag = value.bool else { throw wrong(key, "true or false", value) }
    return flag
  }

  /// A list of names out of those known; all of them when absent.
  mutating func names(_ key: String, among all: [String]) throws(RecipeError) -> [String] {
    known.append(key)
    guard let value = values[key] else { return all }
    guard let list = value.array, !list.isEmpty else {
      throw wrong(key, "a list of some of \(all.joined(separator: ", "))", value)
    }
    var names: [String] = []
    for item in list {
      guard let name = item.string, all.contains(name) else {
        let nearest = item.string.flatMap { nearestName(to: $0, among: all) }
        throw wrong(
          key,
          "a list of some of \(all.joined(separator: ", "))"
            + (nearest.map { " (did you mean “\($0)”?)" } ?? ""), item)
      }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// - Throws: the first option that nobody read.
  func finish() throws(RecipeError) {
    if let key = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw RecipeError.unknownKey(key, known: known, place: "\(place).\(key)")
    }
  }

  private func wrong(_ key: String, _ wanted: String, _ value: JSONValue) -> RecipeError {
    let given = value.scalarText.map { "“\($0)”" } ?? "something else"
    return RecipeError(place: "\(place).\(key)", message: "must be \(wanted), not \(given).")
  }
}
