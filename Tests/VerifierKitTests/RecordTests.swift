import Testing
import VerifierKit

@Test(
  "JSON values keep their kind",
  arguments: [
    ("1", JSONValue.integer(1)), ("1.5", .number(1.5)), ("true", .bool(true)), ("null", .null),
    ("\"x\"", .string("x")), ("[1,\"a\"]", .array([.integer(1), .string("a")])),
    ("{\"a\":{\"b\":[]}}", .object(["a": .object(["b": .array([])])])),
  ])
func jsonValue(text: String, value: JSONValue) throws {
  #expect(try JSONValue(parsing: text) == value)
  #expect(value.text == text)
}

@Test("samples and verdicts cross as JSON and come back the same")
func roundTrip() throws {
  let sample = Sample(
    problem: Problem(
      id: "1", domain: "math", prompt: .messages([Message(role: "user", content: "6*7 \u{1F600}\n")]),
      reference: .array([.integer(42)]), language: "en", metadata: ["k": .null]),
    completion: Completion(text: "\"42\"\u{0}", finishReason: .length))
  let back = try #require(Sample(json: try JSONValue(parsing: sample.json.text)))
  #expect(back.problem == sample.problem && back.completion == sample.completion)
  let verdict = Verdict.rejected("wrong-answer", score: 0.25, ["a": "b"])
  #expect(Verdict(json: try JSONValue(parsing: verdict.json.text)) == verdict)
}

@Test(
  "what is no verdict is not read as one",
  arguments: [
    "{}", #"{"status":"maybe","score":1,"reason":"x"}"#, #"{"status":"accepted","score":2,"reason":"x"}"#,
    #"{"status":"accepted","score":"1","reason":"x"}"#, #"{"status":"accepted","score":1}"#, "[]",
  ])
func noVerdict(text: String) throws {
  #expect(Verdict(json: try JSONValue(parsing: text)) == nil)
}
