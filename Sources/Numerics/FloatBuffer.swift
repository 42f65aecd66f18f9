import Glibc

/// Owned fp32 memory, aligned to 64 bytes.
///
/// Unchecked: two threads may share one as long as they write disjoint parts; the operations that split
/// rows over threads do.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  public let start: Floats
  /// Of large ones; nil: part of the heap.
  private let range: Range<UInt>?

  private static let large = 256 << 10

  /// Zeroed.
  public convenience init(count: Int) { self.init(count, isZeroed: true) }

  /// Whatever the memory held, for what writes before it reads.
  public convenience init(uninitialised count: Int) { self.init(count, isZeroed: false) }

  private init(_ count: Int, isZeroed: Bool) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    var isZero = false
    var memory: UnsafeMutableRawPointer?
    if bytes >= Self.large {
      let taken = LargeMemory.shared.take(bytes)
      range = taken?.range
      isZero = taken?.isZero ?? false
      memory = taken.flatMap { UnsafeMutableRawPointer(bitPattern: $0.range.lowerBound) }
    } else {
      range = nil
      memory = aligned_alloc(64, (bytes + 63) / 64 * 64)
    }
    guard let memory else {
      fatalError("Out of memory: \(bytes) bytes asked for. Lower runtime.tokens_per_batch.")
    }
    start = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    if isZeroed && !isZero { zero() }
  }

  public convenience init(copying values: [Float]) {
    self.init(count: values.count)
    start.update(from: values, count: values.count)
  }

  deinit {
    if let range { LargeMemory.shared.give(range) } else { free(start) }
  }

  public func zero() { memset(start, 0, count * MemoryLayout<Float>.stride) }

  public func copy(from other: FloatBuffer) {
    precondition(other.count == count, "copy of \(other.count) values into \(count)")
    memcpy(start, other.start, count * MemoryLayout<Float>.stride)
  }

  public var values: [Float] { Array(UnsafeBufferPointer(start: start, count: count)) }
}

/// A buffer that grows and is used again: its content is undefined after a call.
public final class Scratch {
  private var buffer = FloatBuffer(count: 0)
  public init() {}

  /// - Parameter spare: Whether a little more is taken, for calls that ask for more each time.
  public func floats(_ count: Int, spare: Bool = true) -> Floats {
    if buffer.count < count {
      buffer = FloatBuffer(count: 0)
      buffer = FloatBuffer(uninitialised: count + (spare ? count / 4 : 0))
    }
    return buffer.start
  }
}
