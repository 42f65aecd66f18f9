import AssayNumerics
import VerifierKit

/// `Mia has 5 apples, buys 3 and loses 2. How many apples does Mia have now?`, in English or German, worked event by
/// event. A part of the worked solutions may think in the other language: what a language reward is there to undo.
func stories(_ style: Style, _ options: inout TaskOptions) throws(RecipeError) -> Draw {
  let language = try options.name("language", default: "en", among: StoryWords.all.map(\.language))
  let foreignShare = try options.proportion("foreign_share", default: 0)
  let events = try options.range("events", default: 2...3, in: 1...5)
  let digits = try options.range("digits", default: 1...1, in: 1...3)
  let words = StoryWords.all.first { $0.language == language } ?? StoryWords.english
  let others = StoryWords.all.filter { $0.language != language }
  return { _, random in
    let story = Story(events: events, digits: digits, &random)
    let isForeign = random.uniform() < foreignShare
    let thinking = isForeign ? random.element(of: others) : words
    return Question(
      key: story.key, prompt: story.question(words), reference: .string(String(story.end)),
      solution: worked(story.thoughts(thinking), answer: String(story.end), style: style), language: language)
  }
}

/// Who has how many of what, and what happens to them, without words.
private struct Story {
  struct Event {
    var number: Int
    var isLoss: Bool
    /// Of the gains, or of the losses.
    var verb: Int
  }

  let name: String
  let item: Int
  let start: Int
  let events: [Event]

  init(events count: ClosedRange<Int>, digits: ClosedRange<Int>, _ random: inout CounterRandom) {
    name = random.element(of: ["Mia", "Tom", "Anna", "Ben", "Lea", "Max", "Nina", "Paul"])
    item = random.integer(in: 0...StoryWords.english.items.count - 1)
    start = number(digits, &random)
    var value = start
    var events: [Event] = []
    for _ in 0..<random.integer(in: count) {
      let change = number(digits, &random)
      // Something stays, so that nobody has “1 apples” or none of them at the end.
      let isLoss = value - change > 1 && random.uniform() < 0.5
      value += isLoss ? -change : change
      let verbs = isLoss ? StoryWords.english.losses : StoryWords.english.gains
      events.append(Event(number: change, isLoss: isLoss, verb: random.integer(in: 0...verbs.count - 1)))
    }
    self.events = events
  }

  var end: Int { events.reduce(start) { $0 + ($1.isLoss ? -$1.number : $1.number) } }

  /// The numbers alone: the same in every language.
  var key: String {
    let gains = events.filter { !$0.isLoss }.map(\.number)
    let losses = events.filter(\.isLoss).map(\.number)
    return "story " + ([start] + gains).sorted().map(String.init).joined(separator: "+")
      + losses.sorted().map { "-\($0)" }.joined()
  }

  func question(_ words: StoryWords) -> String {
    let parts = events.map { "\(words.verb($0.isLoss, $0.verb)) \($0.number)" }
    let list =
      parts.count > 1
      ? parts.dropLast().joined(separator: ", ") + " \(words.and) " + parts[parts.count - 1] : parts[0]
    let opening = "\(name) \(words.has) \(start) \(words.items[item])"
    return opening + (parts.count > 1 ? ", " : " \(words.and) ") + list + ". "
      + words.howMany(words.items[item], name)
  }

  func thoughts(_ words: StoryWords) -> [String] {
    let item = words.items[item]
    var lines = [words.first(name, "\(start) \(item)")]
    var value = start
    for event in events {
      let next = event.isLoss ? value - event.number : value + event.number
      lines.append(
        words.then(
          name, words.verb(event.isLoss, event.verb), event.number,
          "\(value) \(event.isLoss ? "-" : "+") \(event.number) = \(next) \(item)"))
      value = next
    }
    return lines
  }
}

/// A language's words for stories; the lists of all languages are as long, and in the same order.
private struct StoryWords: Sendable {
  var language: String
  var items: [String]
  var gains: [String]
  var losses: [String]
  var has: String
  var and: String
  var howMany: @Sendable (_ item: String, _ name: String) -> String
  var first: @Sendable (_ name: String, _ what: String) -> String
  var then: @Sendable (_ name: String, _ verb: String, _ number: Int, _ what: String) -> String

  func verb(_ isLoss: Bool, _ index: Int) -> String { isLoss ? losses[index] : gains[index] }

  static let all = [english, german]

  static let english = StoryWords(
    language: "en",
    items: ["apples", "marbles", "stamps", "books", "pencils", "shells"],
    gains: ["buys", "finds", "gets"], losses: ["sells", "loses", "gives away"],
    has: "has", and: "and",
    howMany: { "How many \($0) does \($1) have now?" },
    first: { "At first \($0) has \($1)." },
    then: { "Then \($0) \($1) \($2) and now has \($3)." })

  static let german = StoryWords(
    language: "de",
    items: ["Äpfel", "Murmeln", "Briefmarken", "Bücher", "Bleistifte", "Muscheln"],
    gains: ["kauft", "findet", "bekommt"], losses: ["verkauft", "verliert", "verschenkt"],
    has: "hat", and: "und",
    howMany: { "Wie viele \($0) hat \($1) jetzt?" },
    first: { "Am Anfang hat \($0) \($1)." },
    then: { "Dann \($1) \($0) \($2) und hat jetzt \($3)." })
}
