import BigInt
import Foundation
import Testing
import VerifierKit

@testable import Verifiers

private let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appending(path: "Golden/precise.jsonl")

private func node(_ text: String) throws -> MathNode {
  var parser = MathParser(try #require(MathLexer.tokens(text))[...])
  let node = parser.whole()
  return try #require(node, "\(text)")
}

/// A decimal of forty digits, exactly.
private func rational(_ text: String) throws -> Rational {
  let parts = text.split(separator: "e")
  let isNegative = text.hasPrefix("-")
  let digits = isNegative ? parts[0].dropFirst() : parts[0]
  let value = try #require(Rational(decimal: digits))
  let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  let scale = try #require(Rational(BigInt(10)).power(BigInt(exponent)))
  return scale * (isNegative ? -value : value)
}

@Test("constants in thirty digits: within their bounds of what mpmath says, and the bounds are small")
func preciseConstants() throws {
  let lines = try String(contentsOf: golden, encoding: .utf8).split(separator: "\n")
  #expect(lines.count == 400)
  var worst = 0.0
  var (known, unknown) = (0, 0)
  for line in lines {
    let row = try JSONValue(parsing: line)
    let text = try #require(row["text"]?.string)
    let digits = try #require(row["value"]?.string)
    let exact = try rational(digits)
    let wanted = try #require(Precise(exact))
    guard let value = try node(text).precise() else {
      unknown += 1
      continue
    }
    known += 1
    let distance = (value - wanted).magnitude
    // The golden value itself has forty digits, and was rounded to thirty-two.
    #expect(
      distance <= value.error + 1e-30 * wanted.magnitude, "\(text): off by \(distance), bound \(value.error)")
    worst = max(worst, value.error / value.magnitude)
  }
  print("precise: \(known) known, \(unknown) not, largest relative bound \(worst)")
  #expect(known >= 380)
}

@Test(
  "what only thirty digits tell",
  arguments: [
    ("sin(1)", "sin(1 + 10^{-13})", false), ("sin(1)", "0.841470984807897", true),
    ("sin(2)", "2*sin(1)*cos(1)", true),
    ("arctan(1/2) + arctan(1/3)", "pi/4", true), ("arctan(1/2) + arctan(1/3)", "pi/4 + 10^{-15}", false),
    ("4*arctan(1/5) - arctan(1/239)", "pi/4", true), ("e^{sin(1)}", "e^{sin(1)} + 10^{-14}", false),
    ("\\sin(20^\\circ)\\sin(40^\\circ)\\sin(80^\\circ)", "\\frac{\\sqrt{3}}{8}", true),
    ("ln(2 + sqrt(3))", "-ln(2 - sqrt(3))", true), ("\\cos(\\pi/7)", "0.9009688679024191", true),
    ("cosh(1)^2 - sinh(1)^2", "1", true), ("sin(x)", "sin(x + 10^{-13})", false),
    ("tan(x/2)", "sin(x)/(1+cos(x))", true), ("sqrt(1-sin(x)^2)", "cos(x) + 10^{-14}", false),
  ])
func preciseEquality(gold: String, given: String, isEqual: Bool) throws {
  let problem = Problem(id: "p", domain: "math", prompt: .text(""), reference: .string(gold))
  let verdict = try MathAnswer().verify(Completion(text: "Answer: \(given)"), of: problem)
  #expect((verdict.status == .accepted) == isEqual, "\(verdict)")
}

@Test("long sums are read; trees that are too high are not, whatever they are made of")
func heights() throws {
  let sum = (1...600).map { "x_{\($0)}" }.joined(separator: "+")
  #expect(MathAnswer.form(sum).map { !$0.isText } == true || sum.utf8.count > 4000)
  #expect(try node((1...400).map(String.init).joined(separator: "+")).exact() == Rational(80_200))
  for text in [
    "3" + String(repeating: "!", count: 1400), String(repeating: "x", count: 1400),
    "2" + String(repeating: "^2", count: 600), String(repeating: "x/", count: 700) + "x",
  ] {
    let tokens = try #require(MathLexer.tokens(text))
    var parser = MathParser(tokens[...])
    let node = parser.whole()
    #expect(node?.isLow ?? true)
  }
}
