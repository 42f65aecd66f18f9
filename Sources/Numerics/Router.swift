import Foundation

/// Which experts a token goes to, and with what weights. DeepSeek-V3, arXiv:2412.19437, eq. 13–16, with the groups of
/// experts ("node-limited routing"); a group that is not chosen is out, as in DeepSeek's own code (`transformers` gives its
/// experts a 0, which is more than a chosen group's where their bias takes them below that):
///
///     sᵢ = σ(logitᵢ)         choice: the `chosen` largest sᵢ + biasᵢ within the `groupsChosen` groups whose two
///     gᵢ = scale·sᵢ / Σⱼ sⱼ           largest sᵢ + biasᵢ have the greatest sum
///
/// The bias takes part in the choice alone, so it has no gradient; of equals the first is chosen.
public struct Router: Sendable {
  public let experts: Int
  public let groups: Int
  public let groupsChosen: Int
  public let chosen: Int
  /// Whether the weights are divided by their sum.
  public let isNormalised: Bool
  public let scale: Float
  /// Keeps the division defined.
  static let tiny: Float = 1e-20

  public init(
    experts: Int, groups: Int, groupsChosen: Int, chosen: Int, isNormalised: Bool, scale: Float
  ) {
    precondition(experts % groups == 0 && experts >= 2 * groups, "\(experts) experts in \(groups) groups")
    precondition(
      groupsChosen <= groups && chosen <= groupsChosen * (experts / groups), "too few experts to choose from")
    (self.experts, self.groups, self.groupsChosen) = (experts, groups, groupsChosen)
    (self.chosen, self.isNormalised, self.scale) = (chosen, isNormalised, scale)
  }

  /// - Parameters:
  ///   - scores: `[N, experts]`: logits, which become s.
  ///   - bias: `[experts]`. - choice: `[N, chosen]`: experts. - weights: `[N, chosen]`: their g.
  public func forward(
    _ scores: Floats, bias: ConstFloats, choice: UnsafeMutablePointer<Int32>, weights: Floats, rows: Int,
    lane: Lane
  ) {
    let p = Unchecked((scores, bias, choice, weights))
    lane.split(rows, atLeast: 16) { part in
      let (scores, bias, choice, weights) = p.value
      withUnsafeTemporaryAllocation(of: Float.self, capacity: experts + groups) { memory in
        guard let biased = memory.baseAddress else { return }
        for row in part {
          let s = scores + row * experts, choice = choice + row * chosen, g = weights + row * chosen
          for i in 0..<experts {
            s[i] = 1 / (1 + exp(-s[i]))
            biased[i] = s[i] + bias[i]
          }
          choose(biased, sums: biased + experts, into: choice)
          var sum = Self.tiny
          for j in 0..<chosen { sum += s[Int(choice[j])] }
          let factor = isNormalised ? scale / sum : scale
          for j in 0..<chosen { g[j] = factor * s[Int(choice[j])] }
        }
      }
    }
  }

  /// - Parameters:
  ///   - biased: What is chosen by; overwritten. - sums: Memory for one value a group.
  private func choose(_ biased: Floats, sums: Floats, into choice: UnsafeMutablePointer<Int32>) {
    let size = experts / groups
    if groupsChosen < groups {
      for group in 0..<groups {
        var (first, second) = (-Float.infinity, -Float.infinity)
        for i in group * size..<(group + 1) * size {
          if biased[i] > first {
            (first, second) = (biased[i], first)
          } else if biased[i] > second {
            second = biased[i]
          }
        }
        sums[group] = first + second
      }
      // What is taken is marked by NaN, which compares as larger than nothing.
      for _ in 0..<groupsChosen { sums[largest(sums, groups)] = .nan }
      for group in 0..<groups where !sums[group].isNaN {
        (biased + group * size).update(repeating: .nan, count: size)
      }
    }
    for j in 0..<chosen {
      let best = largest(biased, experts)
      choice[j] = Int32(best)
      biased[best] = .nan
    }
  }

  /// The first of the largest; 0 where all are NaN, as the scores of a model that has diverged are.
  @inline(__always)
  private func largest(_ x: ConstFloats, _ count: Int) -> Int {
    var (best, value) = (0, Float.nan)
    for i in 0..<count where x[i] > value || (value.isNaN && !x[i].isNaN) { (best, value) = (i, x[i]) }
    return best
  }

  /// - Parameters:
  ///   - dWeights: `[N, chosen]`. - scores: s of the forward.
  ///   - dLogits: `[N, experts]`, overwritten: zero for experts that were not chosen.
  public func backward(
    _ dWeights: ConstFloats, scores: ConstFloats, choice: UnsafePointer<Int32>, dLogits: Floats, rows: Int,
    lane: Lane
  ) {
    let p = Unchecked((dWeights, scores, choice, dLogits))
    lane.split(rows, atLeast: 16) { part in
      let (dWeights, scores, choice, dLogits) = p.value
      for row in part {
        let s = scores + row * experts, choice = choice + row * chosen, dg = dWeights + row * chosen
        let d = dLogits + row * experts
        d.update(repeating: 0, count: experts)
        var (sum, mean) = (Self.tiny, Float(0))
        for j in 0..<chosen { sum += s[Int(choice[j])] }
        for j in 0..<chosen { mean += dg[j] * s[Int(choice[j])] / sum }
        for j in 0..<chosen {
          let expert = Int(choice[j])
          let ds = isNormalised ? scale * (dg[j] - mean) / sum : scale * dg[j]
          d[expert] += ds * s[expert] * (1 - s[expert])
        }
      }
    }
  }
}
