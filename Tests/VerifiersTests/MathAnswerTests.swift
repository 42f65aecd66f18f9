import Testing
import VerifierKit

@testable import Verifiers

private func verdict(_ completion: String, _ gold: String) throws -> Verdict {
  try MathAnswer().verify(
    Completion(text: completion),
    of: Problem(id: "p", domain: "math", prompt: .text(""), reference: .string(gold)))
}

@Test(
  "answers that are right in another notation",
  arguments: [
    ("42", "6 × 7 = 42\n#### 42"), ("\\sqrt{13}", "Answer: √13"), ("2\\sqrt{13}", "Answer: 2√13"),
    ("\\sqrt[3]{10}", "Answer: ∛10"), ("10:00 a.m.", "Answer: 10:00 AM"), ("25", "Answer: 25 squared meters"),
    ("15", "So 20 minus 5 leaves 15 apples."), ("7", "The square root of 49 gives 7."),
    ("2:3", "Answer: 4:6"), ("0:1:2", "Answer: 0:2:4"), ("(1, \\infty]", "Answer: (1, ∞]"),
    ("1234.5", "Answer: 1,234.50"), ("€5.50", "Answer: 5.50 euros"), ("5.5", "\\boxed{€5.50}"),
    ("2024-01-05", "Answer: January 5, 2024"), ("3", "Answer: \\lfloor 7/2 \\rfloor"),
    ("-3", "Answer: ⌈-7/2⌉"),
    ("\\lfloor \\frac{n}{2} \\rfloor + 1", "Answer: \\lfloor \\frac{n+2}{2} \\rfloor"),
    ("x \\equiv 3 \\pmod{7}", "Answer: x ≡ 10 (mod 7)"), ("4", "\\boxed{4 \\pmod 7}"),
    ("3 \\pmod 7", "Answer: x \\equiv 3 \\pmod 7"), ("2", "\\boxed{17 \\bmod{5} = 2}"),
    ("\\lceil n/2 \\rceil", "Answer: \\lfloor (n+1)/2 \\rfloor"), ("3", "Answer: 3rd floor"),
    ("\\binom{n}{\\lfloor n/2\\rfloor} - 1", "Answer: -1 + \\binom{n}{\\lfloor n/2\\rfloor}"),
    ("2020-03-04", "\\boxed{2020-3-4}"), ("2020-03-04", "\\boxed{2020-03-04 (Wednesday)}"),
    ("€12.50", "Answer: 12,50 €"), ("\\{x : x \\equiv 3 \\pmod{7}\\}", "Answer: x \\equiv 3 \\pmod{7}"),
    ("2024-01-05", "\\boxed{\\text{2024-01-05}}"), ("£5", "Answer: 5 pounds"),
    ("k \\le \\lfloor n/2 \\rfloor", "Answer: k \\leq \\left\\lfloor \\frac{n}{2} \\right\\rfloor"),
    ("1000000", "\\boxed{1{,}000{,}000}"),
    ("1/2", "Answer: 0.5"), ("5000000", "\\boxed{10 \\cdot 500000 = 5 million}"),
    (
      "\\begin{pmatrix}3/5\\\\4/5\\end{pmatrix}", "\\boxed{\\frac{1}{5}\\begin{pmatrix}3\\\\4\\end{pmatrix}}"
    ), ("(-1,-2)", "\\boxed{-\\begin{pmatrix}1\\\\2\\end{pmatrix}}"), ("60.5^\\circ", "Answer: 60°30'"),
    ("\\frac{1}{2}", "so \\boxed{\\dfrac12}"),
    ("0.5", "Answer: \\frac{1}{2}"),
    ("4 4/9", "\\boxed{\\frac{40}{9}}"),
    ("\\sum_{k=1}^{100} k", "Answer: 5050"),
    ("1 + \\sum_{j=1}^{n} j \\cdot j", "Answer: \\sum_{k=1}^{n} k^2 + 1"),
    ("F_n = \\sum_{k=0}^{n-1} F_k F_{n-k-1}", "$F_n = \\sum_{k=0}^{n-1} F_{n-k-1} F_k$"),
    ("\\prod_{k=1}^{5} k", "Answer: 120"),
    ("14916", "Answer: $14 {, }916$"),
    ("\\sin^2 x", "Answer: sin(x)^2"),
    ("\\sin(20^\\circ)\\sin(40^\\circ)\\sin(80^\\circ)", "Answer: \\frac{\\sqrt{3}}{8}"),
    ("7,14,18", "Answer: Paolo: 18, Qing: 14, Rayna: 7"),
    ("\\sin 1 > \\cos 1 > 0", "Answer: $0 < \\cos 1 < \\sin 1$"),
    ("12", "Answer: 12 apples (3 boxes of 4)"),
    ("(1,3)", "${1,3}$"),
    ("1000.99", "It's not 10, it's 1,000.99m²."),
    ("12 m^2", "Answer: 12m²"),
    ("3, 1", "Answer: x = 1 or x = 3"),
    ("40/9", "Answer: 4 + 4/9"), ("-\\frac{1}{2}", "Answer: \\frac{1}{-2}"),
    ("12 square feet", "Answer: 12 sq ft"),
    ("\\sin 1 > \\cos 1", "Answer: \\cos 1 < \\sin 1"), ("Paolo: 18, Qing: 14", "Answer: 18, 14"),
    ("5 MW", "Answer: 5000 kW"),
    ("3, 1", "\\boxed{\\{1, 3\\}}"),
    ("3, 1", "Answer: 1, 3"),
    ("9\\%", "Answer: 0.09"),
    ("9\\%", "Answer: 9%"),
    ("\\sqrt{8}", "\\boxed{2\\sqrt{2}}"),
    ("\\frac{3\\pi}{4}", "Answer: 3pi/4"),
    ("45^\\circ", "Answer: 45 degrees"),
    ("x^2+2x+1", "\\boxed{(x+1)^2}"),
    ("(1,2)", "Answer: (1, 2)"),
    ("[0,\\infty)", "\\boxed{[0, \\infty)}"),
    ("y = 2x + 1", "Answer: 2x - y + 1 = 0"),
    ("5", "Answer: x = 5"),
    ("7", "Answer: 3 + 4 = 7"),
    ("33.3", "\\boxed{\\frac{100}{3}}"),
    ("1.6e-19", "\\boxed{1.6 \\times 10^{-19}}"),
    ("Saturday", "\\boxed{\\text{Saturday}}"),
    ("7", "The answer is **7**."),
    ("18", "<think>9 or 10?</think>Answer: 18"),
    ("10\\text{ cm}", "Answer: 10 cm"),
    ("3", "the result:\n\\[ 3 \\]"),
    ("2^{100}", "Answer: 1267650600228229401496703205376"),
    ("\\frac{639}{40}", "It is $\\boxed{15\\frac{39}{40}},$ or $\\boxed{\\frac{639}{40}}$ inches."),
    // Dates, times, units and their algebra.
    ("March 4, 2020", "Answer: 4 March 2020"),
    ("2020-03-04", "Answer: March 4, 2020"),
    ("3:30 PM", "Answer: 15:30"),
    ("60 mph", "Answer: 60 miles per hour"),
    ("60 \\text{ km/h}", "Answer: \\frac{50}{3} \\text{ m/s}"),
    ("B", "Answer: (B) 42"),
    ("10 hours 30 minutes", "Answer: 10.5 hours"),
    ("10.5 hours", "Answer: 10 hours and 30 minutes"),
    ("May 5", "Answer: 5th of May"),
    ("15:30", "Answer: 3:30 PM"),
    ("5 \\text{ feet}", "Answer: 60 inches"),
    ("9.8 \\text{ m/s}^2", "Answer: 9.8 m/s^2"),
    ("9.8 \\text{ m/s}^2", "Answer: 980 cm/s^2"),
    ("12 \\text{ square feet}", "Answer: 12 ft^2"),
    ("1 mile", "Answer: 1.609344 km"),
    ("\\$1.50 \\text{ per hour}", "Answer: 1.50 dollars per hour"),
    ("9.8 \\text{ m/s}^2", "Answer: 9.8 \\frac{m}{s^2}"),
    ("5 feet 3 inches", "Answer: 63 inches"),
    ("2000 \\text{ m}", "Answer: 2 km"),
    // Sets of numbers, however they are written.
    ("[0,1)", "Answer: 0 ≤ x < 1"),
    ("x<-2 \\text{ or } x>3", "\\boxed{(-\\infty,-2)\\cup(3,\\infty)}"),
    ("(-2,3)", "Answer: x > -2 and x < 3"),
    ("x \\ne 3", "Answer: (-oo, 3) ∪ (3, oo)"),
    ("\\{x \\mid -2 \\le x < 1\\}", "Answer: [-2, 1)"),
    ("\\mathbb{R}", "Answer: (-\\infty, \\infty)"),
    ("2x < 6", "Answer: x < 3"),
    ("x \\in \\{2, 3\\}", "Answer: 3, 2"),
    // Points, names, equations.
    ("(1,2)", "Answer: y = 2, x = 1"),
    ("(x,y)=(1,2)", "\\boxed{(1,2)}"),
    ("y=2x", "Answer: y - 2x = 0"),
    ("C", "Answer: C. because the others are not"),
    // Matrices and vectors.
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\boxed{\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}}"),
    ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "Answer: (1, 2)"),
    // Complex numbers, degrees, bases, times, units.
    ("2+3i", "Answer: 3*i + 2"),
    ("135^\\circ", "Answer: \\frac{3\\pi}{4}"),
    ("60^\\circ 30'", "Answer: 60.5°"),
    ("1010_2", "\\boxed{1010_{2}}"),
    ("3:00 PM", "Answer: 15:00"),
    ("2\\text{ km}", "Answer: 2000 m"),
    ("\\$2.5 \\text{ million}", "Answer: 2,500,000"),
    ("1234.56", "Answer: 1.234,56"),
    ("0.\\overline{3}", "Answer: 1/3"),
    ("-\\frac{3}{2}", "Answer: -1 1/2"),
    ("10000", "Answer: 10\\,000"),
    ("6.67\\%", "\\boxed{\\frac{1}{15}}"),
    ("f(n) = 2n + 1", "Answer: f(m) = 2m + 1"),
    ("\\arctan x", "Answer: \\tan^{-1} x"),
    ("\\{1 \\pm \\sqrt{5}, -2\\}", "Answer: -2, 1+\\sqrt{5}, 1-\\sqrt{5}"),
    ("\\frac{d!}{k(d-k)!}", "\\boxed{\\binom{d}{k}(k-1)!}"),
    ("x = k\\pi", "Answer: npi"),
    // Where the answer stands.
    ("5", "So far \\boxed{3}. Wait, no. The final answer is 5."),
    ("(3, \\frac{\\pi}{2})", "\\\\boxed{\\\\left( 3, \\\\frac{\\\\pi}{2} \\\\right)}"),
    ("34", "Final Answer: The largest $n$ is 34."),
    ("5", "The answer is $5$ dollars, which is 25 % of $20$."),
    ("x \\geq 5", "Therefore $x \\geq 5$ is the solution."),
    ("x = 1, x = 2", "$x = \\boxed{1}$ and $x = \\boxed{2}$"),
  ])
func accepted(gold: String, completion: String) throws {
  let verdict = try verdict(completion, gold)
  #expect(verdict.status == .accepted, "\(verdict)")
}

@Test(
  "answers that are wrong, and why",
  arguments: [
    ("5", "Therefore, AB = 3√5.", "several-answers"), ("10", "Thus, N = 2^10.", "several-answers"),
    ("5", "So the result is minus 5.", "wrong-answer"),
    ("16", "It is the square root of 16.", "wrong-answer"),
    ("€550", "Answer: €5.50", "wrong-answer"), ("2018", "Answer: 2024-01-05", "wrong-answer"),
    ("2024-01-05", "Answer: 2018", "wrong-answer"),
    ("\\lfloor x/2 \\rfloor", "Answer: \\lfloor x \\rfloor / 2", "wrong-answer"),
    ("\\lfloor x/100 \\rfloor", "Answer: \\lfloor x/101 \\rfloor", "wrong-answer"),
    ("x \\equiv 2 \\pmod{5}", "Answer: x \\equiv 1 \\pmod{10}", "wrong-answer"),
    ("x \\equiv 2 \\pmod 5", "Answer: x \\equiv 2 \\pmod{10}", "wrong-answer"),
    ("5", "\\boxed{12 \\pmod 7}", "wrong-answer"), ("561", "Answer: 123+438 (mod 1000)", "wrong-answer"),
    ("2 \\pmod 7", "Answer: 2^{100} \\pmod 7", "wrong-answer"), ("n \\bmod 2", "Answer: n", "wrong-answer"),
    ("x \\bmod 5 = 2", "Answer: x \\bmod 10 = 2", "wrong-answer"),
    ("561", "Answer: ⌊123+438⌋", "wrong-answer"),
    ("\\lceil n/2 \\rceil", "Answer: \\lfloor n/2 \\rfloor + 1", "wrong-answer"),
    ("\\lfloor n/2020 \\rfloor", "Answer: \\lfloor n/2021 \\rfloor", "wrong-answer"),
    ("\\lfloor \\frac{n-k}{2} \\rfloor", "Answer: 1", "wrong-answer"),
    ("\\lfloor (m+n)/2 \\rfloor", "Answer: m+1", "wrong-answer"),
    ("\\lfloor x/2 \\rfloor = 5", "Answer: \\lfloor x/3 \\rfloor = 5", "wrong-answer"),
    ("12345678909", "Answer: ⌊√2⌋ · 12345678900", "wrong-answer"),
    ("14142135623", "Answer: ⌊10^{10} √2⌋ + 1", "wrong-answer"),
    ("⌊n/2⌋", "\\boxed{-8000000000000000_{16}}", "wrong-answer"),
    ("0.5", "\\boxed{0, 5}", "several-answers"), ("€5-€10", "Answer: €7-€12", "wrong-answer"),
    ("42", "Answer: 41", "wrong-answer"), ("2:3", "Answer: 0:0", "wrong-answer"),
    ("1:2:3", "Answer: 0:0:0", "wrong-answer"), ("0:1:2", "Answer: 0:3:5", "wrong-answer"),
    ("3:00 p.m.", "Answer: 4:00 p.m.", "wrong-answer"), ("3:00 p.m.", "Answer: 3:00 a.m.", "wrong-answer"),
    ("(3, 1)", "\\boxed{\\emptyset}", "wrong-answer"), ("(0,0)", "\\boxed{\\{\\}}", "wrong-answer"),
    ("2A_{16}", "\\boxed{2}", "wrong-answer"), ("5", "Answer: 5 squared", "wrong-answer"),
    ("6.63e-34", "Answer: 1.6 \\times 10^{-19}", "wrong-answer"),  // never an absolute tolerance
    ("0.0000003", "Answer: 0.0000001", "wrong-answer"),
    ("12345", "Answer: 12346", "wrong-answer"),
    ("3", "\\boxed{3 \\text{ is not the answer}}", "wrong-answer"),
    ("3", "Answer: 7=3", "wrong-answer"),
    ("1", "Answer: 1 or 2 or 3 or 4", "several-answers"),
    ("1", "Answer: 1\nAnswer: 2", "several-answers"),
    ("2", "Answer: 1\nAnswer: 2", "several-answers"),
    ("3", "<answer>1</answer> Answer: 2, Answer: 3", "wrong-answer"),
    ("3", "\\boxed{1} or \\boxed{2} or \\boxed{3}", "several-answers"),
    ("3", "\\boxed{1}, \\boxed{3}", "several-answers"),
    ("3", "<answer>1</answer><answer>3</answer>", "several-answers"),
    ("(1,2)", "\\boxed{\\{1,2\\}}", "wrong-answer"),
    ("[0,1]", "\\boxed{[0,1)}", "wrong-answer"),
    ("-1, -9", "Answer: -1, 9", "wrong-answer"),
    ("3, 1", "Answer: 3", "wrong-answer"),
    ("3", "Answer: 300", "wrong-answer"),
    ("10\\text{ cm}", "Answer: 10 m", "wrong-answer"),
    ("33", "\\boxed{\\frac{100}{3}}", "wrong-answer"),
    ("5\\sqrt[3]{2}", "\\boxed{5\\sqrt[4]{2}}", "wrong-answer"),
    ("x<-2 \\text{ or } x>3", "Answer: x<-2 and x>3", "wrong-answer"),
    ("[0,1)", "Answer: 0 < x < 1", "wrong-answer"),
    ("2x < 6", "Answer: x > 3", "wrong-answer"),
    (
      "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\boxed{\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}}",
      "wrong-answer"
    ),
    ("1202_3", "Answer: 1202_4", "wrong-answer"),
    ("2\\text{ boys}", "Answer: 2 girls", "wrong-answer"),
    ("\\$5", "Answer: 5 cents", "wrong-answer"),
    ("561", "Answer: 123+438", "wrong-answer"), ("-5", "\\boxed{2-7}", "wrong-answer"),
    // What a policy found that was trained on it: the question, twice.
    ("-10", "8 - 9 - 9 = 8 - 9 - 9", "wrong-answer"), ("-10", "\\boxed{8 - 9 - 9 = -1 - 9}", "wrong-answer"),
    ("25\\%", "\\boxed{(80-60)/80}", "wrong-answer"), ("45^\\circ", "\\boxed{180-60-75}", "wrong-answer"),
    ("x = -5", "\\boxed{x = 2 - 7 = 1 - 6}", "wrong-answer"),
    ("5", "\\boxed{x + y = 2 + 3}", "wrong-answer"),
    (
      "\\begin{pmatrix}3\\\\4\\end{pmatrix}", "\\boxed{\\begin{pmatrix}1+2\\\\4\\end{pmatrix}}",
      "wrong-answer"
    ),
    ("-49", "Answer: 43 - 64 - 28", "wrong-answer"), ("2.5", "\\boxed{1+1.5}", "wrong-answer"),
    ("1/2", "\\boxed{1/3+1/6}", "wrong-answer"), ("x = -5", "\\boxed{x = 2-7}", "wrong-answer"),
    ("-15", "\\boxed{-\\sum_{k=1}^{5} k}", "wrong-answer"), ("25", "Answer: -( -9 - 9 - 7 )", "wrong-answer"),
    ("630 minutes", "\\boxed{10 hours or 30 minutes}", "several-answers"),
    ("5 MW", "\\boxed{5 mW}", "wrong-answer"),
    ("5", "**Answer:** 4\n**Answer:** 5", "several-answers"),
    ("5", "- Answer: 4\n- Answer: 5", "several-answers"),
    ("Paolo: 18, Qing: 14", "\\boxed{14, 18}", "wrong-answer"),
    ("45^\\circ", "\\boxed{45 radians}", "wrong-answer"),
    ("Wednesday, March 4, 2020", "\\boxed{Thursday, March 4, 2020}", "wrong-answer"),
    ("5", "\\boxed{5 May}", "wrong-answer"),
    ("5050", "Answer: \\sum_{k=1}^{100} k", "wrong-answer"),
    ("\\sum_{k=1}^{n} k", "Answer: \\sum_{k=1}^{n+1} k", "wrong-answer"),
    ("\\sum_{k=1}^{n} k", "Answer: \\prod_{k=1}^{n} k", "wrong-answer"),
    ("\\sum_{k=1}^{n} k", "Answer: \\sum_{k=1}^{n} n", "wrong-answer"),
    ("(1,3)", "Answer: 1, 3", "wrong-answer"),  // the gold may be an interval
    ("(1,3)", "Answer: x = 1 or x = 3", "wrong-answer"), ("(1,3)", "${3,1}$", "wrong-answer"),
    ("\\sin x^2", "Answer: sin(x)^2", "wrong-answer"),
    ("7,14,18", "Answer: Paolo: 18, Qing: 14, not Rayna: 7", "wrong-answer"),
    ("3 > 2 > 1", "Answer: 3 > 1 > 2", "wrong-answer"),
    ("3 > 2 > 1", "Answer: (3, 2, 1)", "wrong-answer"),
    ("3 > 2 > 1", "Answer: 3 ≥ 2 ≥ 1", "wrong-answer"),
    ("2", "Answer: 2(x) = 2(\\frac{\\mathrm{gb}}{f})", "wrong-answer"),
    ("12 m^2", "Answer: 12 m³", "wrong-answer"),
    ("10", "It's not 10, it's 1,000.99m²", "wrong-answer"),
    ("\\sqrt{x^2}", "Answer: x", "wrong-answer"),
    ("2x + z = 1", "Answer: 1", "wrong-answer"),
    ("2+3i", "Answer: 2-3i", "wrong-answer"),
    ("12:00", "Answer: 1:00", "wrong-answer"),
    ("e^{-40}", "Answer: 0", "wrong-answer"),
    ("n", "Answer: npi", "wrong-answer"),
    ("listen", "Answer: silent", "wrong-answer"),
    ("3", "In the end it is not 3", "wrong-answer"),
    ("0", "exit() or 0", "several-answers"),
    ("42", "", "no-answer"),
    ("42", "\\boxed{}", "no-answer"),
    ("42", "\\boxed{42", "no-answer"),
    ("42", "<think>42</think>", "no-answer"),
    ("March 4, 2020", "Answer: March 5, 2020", "wrong-answer"),
    ("60 \\text{ km/h}", "Answer: 60 km", "wrong-answer"),
    ("60 km/h", "Answer: 60 m/s", "wrong-answer"),
    ("12 ft^2", "Answer: 12 ft", "wrong-answer"),
    ("15:30", "Answer: 3:31 PM", "wrong-answer"),
    ("2020-03-04", "Answer: 4 April 2020", "wrong-answer"),
    ("10 hours 30 minutes", "Answer: 10 hours and 31 minutes", "wrong-answer"),
    ("9.8 \\text{ m/s}^2", "Answer: 9.8 m/s", "wrong-answer"),
    ("5 m", "Answer: 5s", "wrong-answer"),
  ])
func rejected(gold: String, completion: String, reason: String) throws {
  let verdict = try verdict(completion, gold)
  #expect(verdict.status == .rejected && verdict.score == 0)
  #expect(verdict.reason == reason, "\(verdict)")
}

@Test("a reference that can't be read is the judge's fault", arguments: ["", "   ", "$$"])
func unreadable(gold: String) {
  #expect(throws: VerifierFault.self) { try verdict("Answer: 1", gold) }
}

@Test("hostile text is judged in bounded time")
func hostile() throws {
  let texts = [
    "Answer: " + String(repeating: "n∈", count: 20) + "1" + String(repeating: " mod 2", count: 20),
    "Answer: ⌊x⌋" + String(repeating: "+2000!", count: 480) + "+\\ln(x)",
    "Answer: " + String(repeating: "2\\frac{", count: 19) + "1" + String(repeating: "}{1}", count: 19),
    "Answer: 9^{9^{9^9}}", "Answer: 9^9^9^9", "Answer: 1000000!",
    "Answer: " + String(repeating: "[", count: 19) + "1" + String(repeating: ",\\infty]", count: 19),
    "Answer: " + String(repeating: "[", count: 19) + "1" + String(repeating: ",2]", count: 19),
    "Answer: " + String(repeating: "(", count: 100_000), String(repeating: "$", count: 1_000_000),
    String(repeating: "\\boxed{", count: 100_000), String(repeating: "Answer: 1\n", count: 100_000),
    "Answer: " + String(repeating: "1+", count: 9_000) + "1",
    String(repeating: "the answer is ", count: 70_000),
    "Answer: 1_{36}", "Answer: 1_{37}", "Answer: Z_36", "Answer: 12_{0}",
    "Answer: " + String(repeating: "\\text{-", count: 5_000),
    "\\boxed{" + String(repeating: "\\sqrt{", count: 500) + "2" + String(repeating: "}", count: 501),
  ]
  for text in texts {
    let started = ContinuousClock.now
    #expect(try verdict(text, "42").status == .rejected)
    #expect(ContinuousClock.now - started < .seconds(10), "\(text.prefix(40))")
  }
}

@Test("mutated completions are judged, whatever they hold")
func mutations() throws {
  var state: UInt64 = 1
  func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  let seeds = [
    "\\boxed{\\frac{1}{2}}", "Answer: x = 1 or x = 3", "#### 1,234", "[0,1) \\cup (2,3]", "$3\\%$",
  ]
  for _ in 0..<3000 {
    var bytes = Array(seeds[next(seeds.count)].utf8)
    for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
    let verdict = try verdict(String(decoding: bytes, as: UTF8.self), "1/2")
    #expect((0...1).contains(verdict.score))
  }
}
