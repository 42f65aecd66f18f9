import Testing

@testable import AssayNumerics

@Suite("Memory of large buffers")
struct LargeMemoryTests {
  private let memory = LargeMemory()

  @Test("what is given back is taken again, neighbours as one")
  func joined() throws {
    let sizes = [1 << 20, 3 << 20, 700_001, 2 << 20]
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
      let ranges = try sizes.map { try #require(memory.take($0)).range }
      for index in order { memory.give(ranges[index]) }
      let all = try #require(memory.take(sizes.reduce(0, +)))
      #expect(all.range.lowerBound == ranges.map(\.lowerBound).min())
      memory.give(all.range)
    }
  }

  @Test("what was mapped at different times is one range as well")
  func mapped() throws {
    // Where another thread has not mapped something in between.
    let wasJoined = try (0..<20).contains { _ in
      let memory = LargeMemory()
      let ranges = try [70 << 20, 90 << 20, 70 << 20].map { try #require(memory.take($0)).range }
      for range in ranges { memory.give(range) }
      let all = try #require(memory.take(200 << 20))
      return !all.isZero && ranges.contains { $0.lowerBound == all.range.lowerBound }
    }
    #expect(wasJoined)
  }

  @Test("what is free and fits nothing takes no memory while more is in use")
  func released() throws {
    let first = try #require(memory.take(100 << 20)).range
    let start = try #require(UnsafeMutablePointer<UInt8>(bitPattern: first.lowerBound))
    start.update(repeating: 1, count: 100 << 20)
    memory.give(first)
    _ = try #require(memory.take(1 << 30))
    // Given back to the system, its pages read as zeros.
    #expect(start[50 << 20] == 0)
  }

  @Test("no two buffers share a byte, whatever is taken and given back in between")
  func apart() throws {
    var random = CounterRandom(key: 7)
    var held: [Range<UInt>] = []
    for _ in 0..<2000 {
      if !held.isEmpty, Bool.random(using: &random) {
        memory.give(held.remove(at: Int.random(in: 0..<held.count, using: &random)))
        continue
      }
      let bytes = Int.random(in: 1..<4 << 20, using: &random)
      let (range, _) = try #require(memory.take(bytes))
      #expect(range.count >= bytes && range.lowerBound % 64 == 0)
      #expect(!held.contains { $0.overlaps(range) })
      held.append(range)
      if held.count > 40 { memory.give(held.removeFirst()) }
    }
  }

  @Test("a buffer is zero though its memory was used")
  func zeroed() {
    var starts: Set<Floats> = []
    for _ in 0..<50 {
      let buffer = FloatBuffer(count: 300_000)
      #expect((0..<300_000).allSatisfy { buffer.start[$0] == 0 })
      buffer.start.update(repeating: 7, count: 300_000)
      starts.insert(buffer.start)
    }
    #expect(starts.count < 50, "no memory was used again")
  }
}
