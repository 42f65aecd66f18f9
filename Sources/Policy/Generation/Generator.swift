public import AssayNumerics

/// What is to be sampled: one prompt, several completions.
public struct GenerationRequest: Sendable {
  public var prompt: [Int32]
  /// One random stream a completion: number t of it draws token t. So a completion depends on nothing that
  /// is sampled beside it.
  public var streams: [CounterRandom]

  public init(prompt: [Int32], streams: [CounterRandom]) {
    self.prompt = prompt
    self.streams = streams
  }
}

public struct GeneratedCompletion: Sendable, Hashable {
  /// The token that ended it included.
  public var tokens: [Int32] = []
  /// Of each token under softmax(logits / temperature), nats.
  public var logp: [Float] = []
  /// Whether it ended by itself; false: it was cut at the limit.
  public var stopped = false

  public init() {}
}

/// Samples many completions at once over a cache of keys and values, on one lane.
///
/// A prompt is run once for all its completions that begin together, and they share its part of the cache. Slots whose
/// completions end take the next ones waiting: all of a prompt's, or as many as there is room for once a quarter of the
/// slots are free.
public final class Generator {
  private let decoder: Decoder
  private let slots: Int
  private var caches: Caches?
  private let step: DecodingStep
  /// A larger cache is given back when all is sampled: the gradient needs the memory.
  private static let keptBytes = 64 << 20
  /// Tokens of a batch of prompts.
  private let promptTokens = 2048

  /// - Parameter slots: Completions at once.
  public init(_ decoder: Decoder, slots: Int) {
    self.decoder = decoder
    self.slots = max(1, slots)
    step = DecodingStep(decoder, slots: self.slots)
  }

  private struct Active {
    var request: Int
    var sample: Int
    var slot: Int
    var prompt: SharedPrompt?
    /// Tokens in the cache.
    var length: Int
    var token: Int32
  }

  /// - Parameters:
  ///   - stops: Tokens that end a completion.
  ///   - finished: Called with (request, sample) as each completion ends.
  ///   - drawn: Called with (request, sample, token) as each token is drawn, before `finished`.
  /// - Returns: Completions by request and sample.
  public func generate(
    _ requests: [GenerationRequest], _ parameters: Parameters, options: SamplingOptions,
    stops: Set<Int32>, finished: ((Int, Int, GeneratedCompletion) -> Void)? = nil,
    drawn: ((Int, Int, Int32) -> Void)? = nil
  ) -> [[GeneratedCompletion]] {
    var results = requests.map { Array(repeating: GeneratedCompletion(), count: $0.streams.count) }
    decoder.dropActivations()
    let isSharing = requests.contains { $0.streams.count > 1 }
    let caches = reserve(requests, options.maxCompletionTokens, isSharing: isSharing)
    defer { if caches.bytes > Self.keptBytes { self.caches = nil } }
    var prompts = PromptSlots(slots)
    var waiting = pieces(of: requests)[...]
    var free = Array(0..<slots)
    var active: [Active] = []

    /// Books a drawn token; false when the completion has ended.
    func take(_ draw: TokenDraw, request: Int, sample: Int, length: Int) -> Bool {
      results[request][sample].tokens.append(Int32(draw.token))
      results[request][sample].logp.append(draw.logp)
      drawn?(request, sample, Int32(draw.token))
      let stopped = stops.contains(Int32(draw.token))
      let full =
        results[request][sample].tokens.count >= options.maxCompletionTokens
        || length + 1 >= decoder.config.maxPositions
      if stopped || full {
        results[request][sample].stopped = stopped
        finished?(request, sample, results[request][sample])
        return false
      }
      return true
    }

    while !active.isEmpty || !waiting.isEmpty {
      // Admit prompts while there is room for a piece's completions: for all of them, or for enough to be worth running
      // the prompt once more for the rest.
      var admitted: [Piece] = []
      var tokens = 0
      var room = free.count
      while var piece = waiting.first, 4 * room >= min(piece.samples.count, slots),
        room >= piece.samples.count || 4 * room >= slots && room >= min(4, piece.samples.count),
        admitted.isEmpty || tokens + requests[piece.request].prompt.count <= promptTokens
      {
        if piece.samples.count > room {
          let cut = piece.samples.lowerBound + room
          waiting[waiting.startIndex].samples = cut..<piece.samples.upperBound
          piece.samples = piece.samples.lowerBound..<cut
        } else {
          waiting.removeFirst()
        }
        admitted.append(piece)
        room -= piece.samples.count
        tokens += requests[piece.request].prompt.count
      }
      if !admitted.isEmpty {
        for index in admitted.indices {
          let shared = isSharing ? Self.shared(requests[admitted[index].request]) : 0
          admitted[index].slots = admitted[index].samples.map { _ in free.removeLast() }
          if shared > 0 {
            admitted[index].prompt = prompts.take(length: shared, users: admitted[index].samples.count)
          }
        }
        let draws = prefill(admitted, requests, parameters, caches, options: options)
        for (index, piece) in admitted.enumerated() {
          let length = requests[piece.request].prompt.count
          for (place, sample) in piece.samples.enumerated() {
            let draw = draws[index][place]
            if take(draw, request: piece.request, sample: sample, length: length) {
              active.append(
                Active(
                  request: piece.request, sample: sample, slot: piece.slots[place], prompt: piece.prompt,
                  length: length, token: Int32(draw.token)))
            } else {
              free.append(piece.slots[place])
              if let prompt = piece.prompt { prompts.leave(prompt) }
            }
          }
        }
        continue
      }
      let places = active.map {
        DecodingStep.Place(token: $0.token, slot: $0.slot, position: $0.length, prompt: $0.prompt)
      }
      let uniforms = active.map {
        requests[$0.request].streams[$0.sample].uniform(
          at: UInt64(results[$0.request][$0.sample].tokens.count))
      }
      let draws = step.draw(places, uniforms, parameters, caches: caches, options: options)
      var still: [Active] = []
      still.reserveCapacity(active.count)
      for (var one, draw) in zip(active, draws) {
        one.length += 1
        one.token = Int32(draw.token)
        if take(draw, request: one.request, sample: one.sample, length: one.length) {
          still.append(one)
        } else {
          free.append(one.slot)
          if let prompt = one.prompt { prompts.leave(prompt) }
        }
      }
      active = still
    }
    return results
  }

  /// Completions of one prompt that fit the slots together.
  private struct Piece {
    var request: Int
    var samples: Range<Int>
    var slots: [Int] = []
    var prompt: SharedPrompt?
  }

  /// Tokens of a prompt that completions share in the cache; see `CachedPrompt` for why they are even.
  private static func shared(_ request: GenerationRequest) -> Int {
    request.prompt.count / 2 * 2
  }

  private func pieces(of requests: [GenerationRequest]) -> [Piece] {
    requests.indices.flatMap { request in
      let count = requests[request].streams.count
      return stride(from: 0, to: count, by: slots).map {
        Piece(request: request, samples: $0..<min($0 + slots, count))
      }
    }
  }

  /// Runs prompts, fills the caches of their completions' slots, and draws each one's first token.
  private func prefill(
    _ pieces: [Piece], _ requests: [GenerationRequest], _ parameters: Parameters, _ caches: Caches,
    options: SamplingOptions
  ) -> [[TokenDraw]] {
    var batch = PackedBatch()
    for piece in pieces { batch.append(requests[piece.request].prompt, scoring: 1..<1) }
    let config = decoder.config, lane = decoder.lane
    let width = decoder.attention.width, keysAt = decoder.attention.queryWidth
    let starts = batch.spans.map(\.rows.lowerBound) + [batch.count]
    let hidden = decoder.forward(batch, parameters, keeping: false) { layer, rows in
      let p = Unchecked((rows, caches))
      lane.each(pieces.count) { index in
        let (rows, caches) = p.value
        let (piece, length) = (pieces[index], starts[index + 1] - starts[index])
        let first = rows + starts[index] * width + keysAt, shared = piece.prompt?.length ?? 0
        if let prompt = piece.prompt {
          for position in 0..<shared {
            caches.prompts?.store(
              first + position * width, layer: layer, slot: prompt.slot, position: position)
          }
        }
        for slot in piece.slots {
          for position in shared..<length {
            caches.own.store(first + position * width, layer: layer, slot: slot, position: position - shared)
          }
        }
      }
    }
    let last = starts.dropFirst().map { $0 - 1 }
    let logits = step.logits(hidden, rows: last, parameters)
    return pieces.indices.map { index in
      let piece = pieces[index]
      return piece.samples.map { sample in
        TokenDraw(
          logits + index * config.vocabularySize, count: config.vocabularySize, options: options,
          uniform: requests[piece.request].streams[sample].uniform(at: 0), scratch: step.row(0))
      }
    }
  }

  private func reserve(_ requests: [GenerationRequest], _ tokens: Int, isSharing: Bool) -> Caches {
    let most = decoder.config.maxPositions
    let shared = requests.map { isSharing ? min(Self.shared($0), most) : 0 }
    let prompts = shared.max() ?? 0
    let own = zip(requests, shared).map { min($0.prompt.count + tokens, most) - $1 }.max() ?? 0
    func fits(_ cache: KeyValueCache?, _ capacity: Int) -> Bool {
      guard let cache else { return capacity == 0 }
      return cache.capacity >= capacity && cache.capacity <= 4 * max(capacity, 64)
    }
    if let caches, fits(caches.own, own), fits(caches.prompts, prompts) { return caches }
    caches = nil
    func made(_ capacity: Int) -> KeyValueCache {
      KeyValueCache(decoder.attention, layers: decoder.config.layers, slots: slots, capacity: capacity)
    }
    let made = Caches(own: made(own), prompts: prompts > 0 ? made(prompts) : nil)
    caches = made
    return made
  }
}
