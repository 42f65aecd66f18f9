import Foundation
import Rows
import Testing
import VerifierKit

@testable import Verifiers

private let folder = URL(fileURLWithPath: #filePath).appending(path: "../../../../shared/data/reasoning_gym")
  .standardized
private let hasShared = FileManager.default.fileExists(atPath: folder.path)

@Test(
  "reasoning-gym: every reference of 22 data sets is accepted", .enabled(if: hasShared),
  arguments: ["easy", "medium"])
func references(level: String) throws {
  for name in ReasoningGym.tasks.keys.sorted() {
    var count = 0
    for result in try RowReader(folder.appending(path: "\(name).\(level).jsonl.gz").path) {
      let problem = try result.get().problem
      let text = try #require(problem.reference?.scalarText)
      let verdict = try ReasoningGym().verify(
        Completion(text: "<think>so</think>\nAnswer: \(text)"), of: problem)
      #expect(verdict.status == .accepted && verdict.score == 1, "\(problem.id): \(verdict)")
      count += 1
    }
    #expect(count == 500, "\(name)")
  }
}

/// The tricks that reasoning-gym's scorers pay, and right answers that they don't: docs/reasoning-gym.md.
@Test(
  "reasoning-gym: what its own scorers get wrong",
  arguments: [
    ("puzzle24", #"{"numbers":[2,8,4,4]}"#, "", "4*(2 + 8 - 4)", "equal"),
    ("puzzle24", #"{"numbers":[2,8,4,4]}"#, "", "$4 × (2 + 8 − 4) = 24$", "equal"),
    ("puzzle24", #"{"numbers":[2,8,4,4]}"#, "", "6*4*1*1", "wrong-numbers"),
    ("puzzle24", #"{"numbers":[5,5,1,4]}"#, "", "5*5-1/4", "wrong-answer"),
    ("countdown", #"{"numbers":[25,21,3,14],"target":13}"#, "", "1_3 # 25 21 3 14", "no-answer"),
    (
      "countdown", #"{"numbers":[82,29,19,71,27,79],"target":111}"#, "", "((82+29)-((19/(71*27))/79))",
      "wrong-answer"
    ),
    (
      "number_sorting", #"{"original_numbers":["80.4","48.0","-70.4"],"direction":"ascending"}"#, "",
      "['-70.4', '48', '80.40']", "equal"
    ),
    (
      "number_sorting", #"{"original_numbers":["80.4","48.0","-70.4"],"direction":"ascending"}"#, "",
      "-70.4, 48.0, 80.4", "equal"
    ),
    (
      "number_sorting", #"{"original_numbers":["80.4","48.0","-70.4"],"direction":"ascending"}"#, "",
      "['-69.5', '48.9', '81.3']", "wrong-answer"
    ),
    (
      "number_sorting", #"{"original_numbers":["80.4","48.0","-70.4"],"direction":"ascending"}"#, "",
      "['nan', 'nan', 'nan']", "no-answer"
    ),
    (
      "number_sorting", #"{"original_numbers":["80.4","48.0","-70.4"],"direction":"descending"}"#, "",
      "['-70.4', '48.0', '80.4']", "wrong-answer"
    ),
    ("syllogism", "{}", "Yes", "**yes**.", "equal"), ("syllogism", "{}", "Yes", "YesNo", "wrong-answer"),
    ("letter_counting", "{}", "1", "10", "wrong-answer"), ("letter_counting", "{}", "1", "1.0", "equal"),
    ("chain_sum", "{}", "83", "-83", "wrong-answer"), ("chain_sum", "{}", "83", "40 + 43", "wrong-answer"),
    ("chain_sum", "{}", "83", "83 or 84", "several-answers"),
    ("family_relationships", "{}", "mother-in-law", "Mother-in-law.", "equal"),
    ("spell_backward", "{}", "tecaf", "tecax", "wrong-answer"),
    ("spell_backward", "{}", "tecaf", "\"tecaf\"", "equal"),
    (
      "fraction_simplification", #"{"simplified_numerator":24,"simplified_denominator":49}"#, "",
      "\\(\\frac{24}{49}\\)", "equal"
    ),
    (
      "fraction_simplification", #"{"simplified_numerator":24,"simplified_denominator":49}"#, "", "216/441",
      "not-reduced"
    ),
    (
      "fraction_simplification", #"{"simplified_numerator":24,"simplified_denominator":49}"#, "",
      "\\frac{24}{49}/7", "no-answer"
    ),
    (
      "fraction_simplification", #"{"simplified_numerator":24,"simplified_denominator":49}"#, "",
      "\\frac{24}{49} + 5", "no-answer"
    ),
    ("fraction_simplification", #"{"simplified_numerator":1,"simplified_denominator":1}"#, "", "1", "equal"),
    ("polynomial_equations", #"{"real_solutions":[-0.3158,0.0]}"#, "", "n = 0, n = -6/19", "equal"),
    ("polynomial_equations", #"{"real_solutions":[-0.3158,0.0]}"#, "", "-0.3157, 0", "equal"),
    ("polynomial_equations", #"{"real_solutions":[-0.3158,0.0]}"#, "", "-0.3458, 0.0", "wrong-answer"),
    ("polynomial_equations", #"{"real_solutions":[-0.3158,0.0]}"#, "", "0.0", "wrong-answer"),
    ("polynomial_equations", #"{"real_solutions":[-0.3158,0.0]}"#, "", "0, foo, -0.3158", "no-answer"),
    ("polynomial_equations", #"{"real_solutions":[]}"#, "", "no real solutions", "equal"),
    (
      "simple_integration", #"{"integrand":"30*X**9 - 3*X**7","variable":"X"}"#, "",
      "$3x^{10} - \\frac{3}{8}x^8 + C$", "equal"
    ),
    (
      "simple_integration", #"{"integrand":"30*X**9 - 3*X**7","variable":"X"}"#, "", "3*X**10 - 3*X**8/8",
      "equal"
    ),
    (
      "simple_integration", #"{"integrand":"30*X**9 - 3*X**7","variable":"X"}"#, "",
      "3*X**10 - 3*X**8/8 + C*X", "wrong-answer"
    ),
    (
      "simple_integration", #"{"integrand":"30*X**9 - 3*X**7","variable":"X"}"#, "", "30*X**9 - 3*X**7",
      "wrong-answer"
    ),
    (
      "simple_integration", #"{"integrand":"x*exp(x) + sin(x)","variable":"x"}"#, "",
      "(x-1)e^x - \\cos x + C", "equal"
    ),
    ("time_intervals", #"{"task_type":"date"}"#, "18 days", "18 days", "equal"),
    ("time_intervals", #"{"task_type":"date"}"#, "18 days", "18 bananas", "no-answer"),
    ("time_intervals", #"{"task_type":"date"}"#, "18 days", "19 days", "wrong-answer"),
    ("time_intervals", #"{"task_type":"time"}"#, "00:12", "-1:72", "no-answer"),
    ("time_intervals", #"{"task_type":"time"}"#, "00:12", "0:12.", "equal"),
    ("time_intervals", #"{"task_type":"time"}"#, "00:12", "00:12:00:77", "no-answer"),
    ("time_intervals", #"{"task_type":"time_ms"}"#, "00:26:02.300", "00:26:02.3", "equal"),
    ("time_intervals", #"{"task_type":"datetime"}"#, "2 days, 12:49", "2 day 12:49", "equal"),
    ("time_intervals", #"{"task_type":"datetime"}"#, "2 days, 12:49", "3 days, 12:49", "wrong-answer"),
    ("circuit_logic", "{}", "0", "0", "equal"), ("zebra_puzzles", "{}", "arnold", "Arnold.", "equal"),
    ("zebra_puzzles", "{}", "arnold", "alice", "wrong-answer"),
  ] as [(String, String, String, String, String)])
func tricks(dataset: String, metadata: String, reference: String, answer: String, reason: String) throws {
  var fields = try #require(try JSONValue(parsing: metadata).object)
  fields["source_dataset"] = .string(dataset)
  let problem = Problem(
    id: "p", domain: "any", prompt: .text(""), reference: .string(reference), metadata: fields)
  let verdict = try ReasoningGym().verify(Completion(text: "Answer: \(answer)"), of: problem)
  #expect(verdict.reason == reason, "\(verdict)")
}

@Test("reasoning-gym: rows that are none of its items, or lack what they are judged by, are faults")
func faults() throws {
  for metadata in [
    "{}", #"{"source_dataset":"chess"}"#, #"{"source_dataset":"n_queens"}"#,
    #"{"source_dataset":"puzzle24"}"#,
  ] {
    let problem = Problem(
      id: "p", domain: "any", prompt: .text(""),
      metadata: try #require(try JSONValue(parsing: metadata).object))
    #expect(throws: VerifierFault.self) {
      try ReasoningGym().verify(Completion(text: "Answer: 1"), of: problem)
    }
  }
}
