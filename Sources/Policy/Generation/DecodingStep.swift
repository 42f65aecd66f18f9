import AssayNumerics

/// One token further for every active completion.
final class DecodingStep {
  struct Place {
    var token: Int32
    var slot: Int
    /// Where the token stands in its sequence.
    var position: Int
    /// The prompt that the sequence continues with others.
    var prompt: SharedPrompt?
    /// Tokens before it that are in its own slot.
    var own: Int { position - (prompt?.length ?? 0) }
  }

  private let decoder: Decoder
  /// What all layers use in turn.
  private let kept: Activations.Layer
  private let normed: FloatBuffer
  private let logitScratch = Scratch()
  private let attentionScratch = Scratch()
  private let rows: FloatBuffer
  private let rowSize: Int

  init(_ decoder: Decoder, slots: Int) {
    self.decoder = decoder
    let config = decoder.config
    kept = Activations.Layer(config, capacity: slots, index: nil)
    normed = FloatBuffer(count: slots * config.hiddenSize)
    // A thread's own: attention scores, then probabilities.
    rowSize = (max(config.vocabularySize, config.maxPositions + 16) + 15) / 16 * 16
    rows = FloatBuffer(count: rowSize * max(1, decoder.lane.threads))
  }

  func row(_ thread: Int) -> Floats { rows.start + thread * rowSize }

  /// Logits of some rows of hidden states, `[rows.count, V]`; valid until the next call.
  func logits(_ hidden: ConstFloats, rows: [Int], _ parameters: Parameters) -> Floats {
    let width = decoder.config.hiddenSize
    let gathered = FloatBuffer(count: rows.count * width)
    for (i, row) in rows.enumerated() {
      (gathered.start + i * width).update(from: hidden + row * width, count: width)
    }
    let logits = logitScratch.floats(rows.count * decoder.config.vocabularySize)
    decoder.head.logits(gathered.start, rows: rows.count, parameters, into: logits)
    return logits
  }

  func draw(
    _ places: [Place], _ uniforms: [Double], _ parameters: Parameters, caches: Caches,
    options: SamplingOptions
  ) -> [TokenDraw] {
    let hidden = advance(places, parameters, caches: caches)
    let vocabulary = decoder.config.vocabularySize
    let logits = logitScratch.floats(places.count * vocabulary)
    decoder.head.logits(hidden, rows: places.count, parameters, into: logits)
    let p = Unchecked((logits, self))
    return inParallel(places.count) { index, thread in
      TokenDraw(
        p.value.0 + index * vocabulary, count: vocabulary, options: options,
        uniform: uniforms[index], scratch: p.value.1.row(thread))
    }
  }

  /// Normed hidden states of the new tokens, `[M, H]`.
  private func advance(
    _ places: [Place], _ parameters: Parameters, caches: Caches
  ) -> ConstFloats {
    let config = decoder.config, lane = decoder.lane, layout = decoder.layout
    let (m, width) = (places.count, config.hiddenSize)
    let weights = parameters.packed(decoder.linear.kernels, decoder.weightFormat, lane: lane)
    let x = kept.input.start, inverse = kept.inputInverse
    let positions = places.map { Int32($0.position) }
    let chunks = chunks(places)
    decoder.embed(places.map(\.token), parameters, into: x)
    for (index, at) in layout.layers.enumerated() {
      RMSNorm.forward(
        x, weights.norm(parameters, at.inputNorm), into: normed.start, inverse: inverse.start, rows: m,
        width: width,
        epsilon: config.rmsNormEpsilon, lane: lane)
      decoder.queryKeyValue(
        normed.start, layer: index, parameters, weights, kept: kept, positions: positions)
      attend(places, chunks, caches, layer: index)
      decoder.linear.forward(
        kept.attention.start, weights.layers[index].output, into: x, rows: m, adding: true)
      RMSNorm.forward(
        x, weights.norm(parameters, at.postNorm), into: normed.start, inverse: inverse.start, rows: m,
        width: width,
        epsilon: config.rmsNormEpsilon, lane: lane)
      decoder.feedForward(normed.start, layer: index, parameters, weights, kept: kept, into: x, rows: m)
    }
    RMSNorm.forward(
      x, weights.norm(parameters, layout.finalNorm), into: normed.start, inverse: inverse.start, rows: m,
      width: width,
      epsilon: config.rmsNormEpsilon, lane: lane)
    return ConstFloats(normed.start)
  }

  /// Stores the new tokens' keys and values, and attends to what they and those before them have.
  private func attend(_ places: [Place], _ chunks: [Range<Int>], _ caches: Caches, layer: Int) {
    let attention = decoder.attention, own = caches.own
    let room = (attention.cachedScratch(own.layout, prompt: caches.prompts?.layout) + 15) / 16 * 16
    let rows = places.indices.map { row in
      CachedRow(
        kept.queryKeyValue.start + row * attention.width,
        keys: own.keys(layer: layer, slot: places[row].slot),
        values: own.values(layer: layer, slot: places[row].slot), length: places[row].own + 1,
        into: kept.attention.start + row * attention.outputWidth)
    }
    let p = Unchecked((self, caches, attentionScratch.floats(places.count * room)))
    decoder.lane.each(chunks.count) { index in
      let (step, caches, scratch) = p.value
      let chunk = chunks[index]
      for row in chunk {
        caches.own.store(
          step.kept.queryKeyValue.start + row * attention.width + attention.queryWidth, layer: layer,
          slot: places[row].slot, position: places[row].own)
      }
      attention.cached(
        rows[chunk], after: places[chunk.lowerBound].prompt.flatMap { caches.prompt($0, layer: layer) },
        layout: caches.own.layout, scratch: scratch + chunk.lowerBound * room)
    }
  }

  /// Rows that go on from one prompt, some at a time: enough of them to be worth it, and chunks for all threads.
  private func chunks(_ places: [Place]) -> [Range<Int>] {
    let most = max(1, min(16, places.count / (2 * decoder.lane.threads)))
    var chunks: [Range<Int>] = []
    for index in places.indices {
      if let last = chunks.last, last.count < most, let prompt = places[index].prompt,
        places[last.lowerBound].prompt == prompt
      {
        chunks[chunks.count - 1] = last.lowerBound..<index + 1
      } else {
        chunks.append(index..<index + 1)
      }
    }
    return chunks
  }

  /// Maps 0..<count over the lane's threads; `body` gets the index and the thread's number.
  private func inParallel<T: Sendable>(
    _ count: Int, _ body: @Sendable (_ index: Int, _ thread: Int) -> T
  ) -> [T] {
    let threads = min(decoder.lane.threads, max(1, count / 2))
    return [T](unsafeUninitializedCapacity: count) { buffer, initialised in
      let p = Unchecked(buffer)
      decoder.lane.each(threads) { thread in
        for index in count * thread / threads..<count * (thread + 1) / threads {
          p.value.initializeElement(at: index, to: body(index, thread))
        }
      }
      initialised = count
    }
  }
}
