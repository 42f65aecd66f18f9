import AssayNumerics
import Foundation
import Testing

@testable import Policy

@Suite("Drawing a token")
struct SamplingTests {
  private func draw(_ logits: [Float], _ options: SamplingOptions, _ uniform: Double) -> TokenDraw {
    let row = FloatBuffer(copying: logits)
    let scratch = FloatBuffer(count: logits.count)
    return TokenDraw(
      ConstFloats(row.start), count: logits.count, options: options, uniform: uniform, scratch: scratch.start)
  }

  /// Ids of padding at the end of a vocabulary have no probability to speak of, and no rounding may give them any.
  @Test("a uniform next to 1 draws no token that has no probability", arguments: [1, 0.1, 0.01] as [Float])
  func nextToOne(temperature: Float) {
    for seed in 0..<40 {
      var random = CounterRandom(seed: 3, seed)
      var logits = (0..<5000).map { _ in Float(20 + 10 * random.uniform()) }
      logits += Array(repeating: -500, count: 700)
      for uniform in [0.999_999, 0.999_999_9, 1 - 0x1p-24, 1 - 0x1p-30, 1.0.nextDown] {
        let token = draw(logits, SamplingOptions(temperature: temperature), uniform).token
        #expect(token < 5000, "seed \(seed), uniform \(uniform)")
      }
    }
  }

  @Test("draws have the stated frequencies, whole and truncated")
  func frequencies() {
    // 0.5, 0.3, 0.15, 0.05.
    let logits = [0.5, 0.3, 0.15, 0.05].map { Float.log($0) }
    func counts(_ options: SamplingOptions) -> [Int] {
      (0..<2000).reduce(into: [0, 0, 0, 0]) { counts, index in
        counts[draw(logits, options, (Double(index) + 0.5) / 2000).token] += 1
      }
    }
    #expect(counts(SamplingOptions()) == [1000, 600, 300, 100])
    // 0.6 is held by the first two, of 0.5 and 0.3; of 0.8, which top_k 2 leaves, 0.6 · 0.8 is held by the first.
    #expect(counts(SamplingOptions(topP: 0.6))[2...] == [0, 0])
    #expect(counts(SamplingOptions(topK: 2)) == [1250, 750, 0, 0])
    #expect(counts(SamplingOptions(topP: 0.6, topK: 2)) == [2000, 0, 0, 0])
  }

  /// p(A) = 0.4, p(B) = 0.2, 998 others 4.008e-4 each; of the 900 most likely, 0.96, the half is held by A and B. They
  /// lie below (1 − top_p) / V, and are in the mass that top_k left.
  @Test("top_p after top_k counts all that top_k left")
  func both() {
    let logits = [Float.log(0.4), .log(0.2)] + Array(repeating: Float.log(0.4 / 998), count: 998)
    let options = SamplingOptions(topP: 0.5, topK: 900)
    let tokens = Set((0..<300).map { draw(logits, options, (Double($0) + 0.5) / 300).token })
    #expect(tokens == [0, 1])
  }

  @Test("logits that are no numbers, and a temperature next to 0, end in a token")
  func notNumbers() {
    let broken = Array(repeating: Float.nan, count: 600)
    for options in [
      SamplingOptions(), SamplingOptions(topP: 0.9), SamplingOptions(topK: 5),
      SamplingOptions(temperature: 0),
    ] {
      #expect((0..<600).contains(draw(broken, options, 0.5).token))
    }
    #expect(draw([1, 3, 2], SamplingOptions(temperature: 1e-38, topP: 0.9), 0.99).token == 1)
  }
}

extension Float {
  fileprivate static func log(_ value: Double) -> Float { Float(Foundation.log(value)) }
}
