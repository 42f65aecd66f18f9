import Testing

@testable import Policy

@Suite("JSON")
struct JSONTests {
  private func parse(_ text: [UInt8]) throws -> JSON { try JSONParser.parse(text, file: "x.json") }

  @Test(
    "what is no JSON, or could be read in two ways",
    arguments: [
      ("", "the text ends"), (" ", "the text ends"), ("{", "a key is missing"), ("[1", "“,” or “]”"),
      (#"{"a" 1}"#, "“:” is missing"), (#"{"a":1,}"#, "a key is missing"), ("[1,]", "a value is missing"),
      ("[1] 2", "after the value"), ("nul", "an unknown word"), ("1e999", "is no number"),
      ("-", "is no number"),
      (#"{"a":1,"b":2,"a":3}"#, "the key “a” a second time"), (#"{"a":1,"\u0061":2}"#, "a second time"),
      ("\"a\nb\"", "control character"), (#""\x""#, "unknown escape"), (#""\u12""#, "hexadecimal"),
      (#""abc"#, "ends in a string"), (#""abc\"#, "ends in a string"),
    ])
  func errors(text: String, message: String) {
    let error = #expect(throws: CheckpointError.self) { try parse(Array(text.utf8)) }
    #expect(error?.file == "x.json")
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(
    "text that is no UTF-8, as a value, as a key, behind an escape",
    arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]] as [[UInt8]]
  )
  func encoding(bytes: [UInt8]) {
    for (start, end) in [("[\"", "\"]"), ("{\"", "\":1}"), (#"["\n"#, "\"]")] {
      let error = #expect(throws: CheckpointError.self) { try parse(Array(start.utf8) + bytes + end.utf8) }
      #expect(error?.message.contains("no UTF-8") == true)
    }
  }

  @Test("depth ends in an error, not at the end of the stack", arguments: ["[", #"{"a":"#, "[{\"a\":"])
  func depth(open: String) throws {
    let error = #expect(throws: CheckpointError.self) {
      try parse(Array(String(repeating: open, count: 100_000).utf8))
    }
    #expect(error?.message.contains("more than 256 levels") == true)
    let deep = String(repeating: "[", count: 255) + "1" + String(repeating: "]", count: 255)
    #expect(try parse(Array(deep.utf8)).compactText == deep)
  }

  @Test("keys that are only canonically equivalent are two; half a surrogate pair is U+FFFD")
  func scalars() throws {
    #expect(try parse(Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8)).object?.count == 2)
    #expect(try parse(Array(#""\ud83d\ude00 \ud83d \ude00""#.utf8)).string == "\u{1f600} \u{fffd} \u{fffd}")
  }

  @Test("what a file says is cut and freed of control characters in an error")
  func shown() {
    let error = CheckpointError(
      file: "x", message: "“\u{1b}[2J" + String(repeating: "é", count: 5000) + "” is wrong.")
    #expect(error.message.hasPrefix("“\u{fffd}[2Jé"))
    #expect(error.message.hasSuffix("é” is wrong."))
    #expect(error.message.count == 601)
    #expect(CheckpointError(file: "x", message: "Zwölf €").message == "Zwölf €")
  }
}
