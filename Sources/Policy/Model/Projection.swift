import AssayNumerics

extension Decoder {
  /// Rotated queries, keys and values of a layer's normed input: product, bias, norms of the heads, rotation; or latent.
  func queryKeyValue(
    _ normed: ConstFloats, layer index: Int, _ parameters: Parameters, _ weights: PackedWeights,
    kept: Activations.Layer, positions: [Int32]
  ) {
    let (rows, at, w) = (positions.count, layout.layers[index], parameters.buffer.start)
    let (packed, qkv) = (weights.layers[index], kept.queryKeyValue.start)
    if let latent, let at = at.latent, let packed = packed.latent, let kept = kept.latent {
      latent.forward(normed, at, parameters, weights, packed, kept: kept, into: qkv, rows: rows)
      rotate(qkv, positions: positions, direction: 1)
      return attention.round(qkv, rows: rows, lane: lane)
    }
    linear.forward(normed, packed.queryKeyValue, into: qkv, rows: rows)
    if let bias = at.bias {
      Elementwise.add(row: w + bias, to: qkv, rows: rows, width: attention.width, lane: lane)
    }
    if let headNorm, let query = at.queryNorm, let key = at.keyNorm, let raw = kept.rawHeads,
      let inverse = kept.headInverse
    {
      headNorm.forward(
        qkv, stride: attention.width, raw: raw.start, inverse: inverse.start,
        weights: (weights.norm(parameters, query), weights.norm(parameters, key)), rows: rows, lane: lane)
    }
    rotate(qkv, positions: positions, direction: 1)
    attention.round(qkv, rows: rows, lane: lane)
  }

  /// - Parameters:
  ///   - dQKV: Gradients of what `queryKeyValue` made; those of the product's output afterwards.
  ///   - x: `[N, H]`, its normed input. - dx: `[N, H]`, overwritten.
  func queryKeyValueBackward(
    _ dQKV: Floats, x: ConstFloats, layer index: Int, _ parameters: Parameters, _ weights: PackedWeights,
    kept: Activations.Layer, dx: Floats, gradient: FloatBuffer, positions: [Int32], scratch: Scratch
  ) {
    let (rows, at, g) = (positions.count, layout.layers[index], gradient.start)
    rotate(dQKV, positions: positions, direction: -1)
    if let latent, let at = at.latent, let kept = kept.latent {
      return latent.backward(
        dQKV, x: x, at, parameters, weights, kept: kept, dx: dx, gradient: gradient, rows: rows,
        scratch: scratch)
    }
    if let headNorm, let query = at.queryNorm, let key = at.keyNorm, let raw = kept.rawHeads,
      let inverse = kept.headInverse
    {
      headNorm.backward(
        dQKV, stride: attention.width, raw: raw.start, inverse: inverse.start,
        weights: (weights.norm(parameters, query), weights.norm(parameters, key)),
        dWeights: (g + query, g + key), rows: rows, scratch: scratch, lane: lane)
    }
    if let bias = at.bias { Elementwise.sumRows(dQKV, into: g + bias, rows: rows, width: attention.width) }
    linear.backward(
      dQKV, x: x, weight: parameters.buffer.start + at.queryKeyValue, dx: dx, dWeight: g + at.queryKeyValue,
      rows: rows, input: config.hiddenSize, output: attention.width)
  }

  private func rotate(_ x: Floats, positions: [Int32], direction: Float) {
    positions.withUnsafeBufferPointer { positions in
      guard let start = positions.baseAddress else { return }
      // Of latent heads the last dimensions.
      rotary.rotate(
        x + (config.headDimension - config.rotatedDimension), stride: attention.width, positions: start,
        rows: positions.count, heads: config.heads + config.keyValueHeads, headStride: config.headDimension,
        direction: direction, lane: lane)
    }
  }

  /// Rows of the embedding, as the family scales them.
  func embed(_ tokens: some Sequence<Int32>, _ parameters: Parameters, into x: Floats) {
    let width = config.hiddenSize, scale = config.family.embeddingScale(width)
    let embedding = parameters.buffer.start + layout.embedding
    for (row, token) in tokens.enumerated() {
      precondition(
        (0..<config.vocabularySize).contains(Int(token)), "token \(token) is not in the vocabulary")
      let from = embedding + Int(token) * width, to = x + row * width
      if scale == 1 {
        to.update(from: from, count: width)
      } else {
        for i in 0..<width { to[i] = from[i] * scale }
      }
    }
  }
}
