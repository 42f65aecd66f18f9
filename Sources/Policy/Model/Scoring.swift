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
  ///   - slope: ∂loss/∂logp of scored token `index`, from its log-probability under the parameters.
  public func accumulateGradient(
    _ batch: PackedBatch, _ parameters: Parameters, into gradient: FloatBuffer,
    temperature: Float = 1, slope: (_ index: Int, _ logp: Float) -> Float
  ) -> TokenScores {
    let hidden = forward(batch, parameters, keeping: true)
    let width = batch.count * config.hiddenSize
    let dHidden = dHiddenScratch.floats(width)
    dHidden.update(repeating: 0, count: width)
    let scores = withoutActuallyEscaping(slope) { slope in
      head.score(
        hidden, batch, parameters, temperature: temperature, slope: slope, dHidden: dHidden,
        gradient: gradient)
    }
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
