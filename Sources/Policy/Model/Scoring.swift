public import AssayNumerics

extension Decoder {
  /// Log-probabilities and entropies of the scored tokens, without a gradient.
  public func scores(
    _ batch: PackedBatch, _ parameters: Parameters, temperature: Float = 1
  ) -> TokenScores {
    let hidden = forward(batch, parameters, keeping: false)
    return head.score(hidden, batch, parameters, temperature: temperature)
  }

  /// Forward and backward: adds ∂loss/∂parameters to `gradient`.
  /// - Parameters:
  ///   - entropySlope: ∂loss/∂entropy of every scored token, beside `slope`.
  ///   - slope: ∂loss/∂logp of scored token `index`, from its log-probability under the parameters.
  public func accumulateGradient(
    _ batch: PackedBatch, _ parameters: Parameters, into gradient: FloatBuffer,
    temperature: Float = 1, entropySlope: Float = 0, slope: (_ index: Int, _ logp: Float) -> Float
  ) -> TokenScores {
    accumulate(batch, parameters, into: gradient) { hidden, dHidden in
      withoutActuallyEscaping(slope) { slope in
        head.score(
          hidden, batch, parameters, temperature: temperature, slope: slope, entropySlope: entropySlope,
          dHidden: dHidden, gradient: gradient)
      }
    }
  }

  /// The same where a token's slope hangs on the log-probabilities of others, as with the ratio of a whole
  /// completion: the head's forward is run twice, the layers' once.
  /// - Parameter slopes: ∂loss/∂logp of all scored tokens, from all their log-probabilities.
  public func accumulateGradient(
    _ batch: PackedBatch, _ parameters: Parameters, into gradient: FloatBuffer,
    temperature: Float = 1, entropySlope: Float = 0, slopes: (_ logp: [Float]) -> [Float]
  ) -> TokenScores {
    accumulate(batch, parameters, into: gradient) { hidden, dHidden in
      let scores = head.score(hidden, batch, parameters, temperature: temperature)
      let slopes = slopes(scores.logp)
      precondition(slopes.count == scores.logp.count, "a slope for each scored token")
      return head.score(
        hidden, batch, parameters, temperature: temperature, slope: { index, _ in slopes[index] },
        entropySlope: entropySlope, dHidden: dHidden, gradient: gradient)
    }
  }

  private func accumulate(
    _ batch: PackedBatch, _ parameters: Parameters, into gradient: FloatBuffer,
    head: (_ hidden: ConstFloats, _ dHidden: Floats) -> TokenScores
  ) -> TokenScores {
    let hidden = forward(batch, parameters, keeping: true)
    let width = batch.count * config.hiddenSize
    let dHidden = dHiddenScratch.floats(width)
    dHidden.update(repeating: 0, count: width)
    let scores = head(hidden, dHidden)
    backward(batch, parameters, dNormed: dHidden, gradient: gradient)
    return scores
  }

  /// All logits of one sequence, `[T, V]`: for tests and for looking at a model.
  public func logits(_ tokens: [Int32], _ parameters: Parameters) -> [Float] {
    var batch = PackedBatch()
    batch.append(tokens, scoring: 1..<1)
    let hidden = forward(batch, parameters, keeping: false)
    let out = FloatBuffer(count: tokens.count * config.vocabularySize)
    head.logits(hidden, rows: tokens.count, parameters, into: out.start)
    return out.values
  }
}
