/// A recipe that can't be used: where in it, what is wrong, and what to write instead.
public struct RecipeError: Error, Hashable, CustomStringConvertible {
  /// `spark.yaml:12, stages[1].grpo.group_sise`, or the option of `--set`.
  public var place: String
  public var message: String

  public init(place: String, message: String) {
    self.place = place
    self.message = message
  }

  public var description: String { place.isEmpty ? message : "\(place): \(message)" }

  static func unknownKey(_ key: String, known: [String], place: String) -> RecipeError {
    guard !known.isEmpty else {
      return RecipeError(place: place, message: "“\(key)” is unknown: no key is allowed here. Remove it.")
    }
    let nearest = nearestName(to: key, among: known).map { " Did you mean “\($0)”?" } ?? ""
    return RecipeError(
      place: place,
      message: "“\(key)” is no known key.\(nearest) Known here: \(known.sorted().joined(separator: ", ")).")
  }
}

/// The known name that needs the fewest edits, and fewer than half of its letters; nil when none is near.
func nearestName(to name: String, among known: [String]) -> String? {
  let near = known.map { (name: $0, edits: editDistance(name.lowercased(), $0.lowercased())) }
    .min { ($0.edits, $0.name) < ($1.edits, $1.name) }
  guard let near, near.edits * 2 < max(near.name.count, name.count) + 1 else { return nil }
  return near.name
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other
/// (optimal string alignment; Damerau 1964, Levenshtein 1966).
func editDistance(_ first: String, _ second: String) -> Int {
  let (first, second) = (Array(first), Array(second))
  var beforeLast: [Int] = []
  var last = Array(0...second.count)
  for i in first.indices {
    var row = [i + 1]
    for j in second.indices {
      var edits = min(last[j + 1] + 1, row[j] + 1, last[j] + (first[i] == second[j] ? 0 : 1))
      if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
        edits = min(edits, beforeLast[j - 1] + 1)
      }
      row.append(edits)
    }
    (beforeLast, last) = (last, row)
  }
  return last[second.count]
}
