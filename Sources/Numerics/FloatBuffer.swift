import Glibc

/// Owned fp32 memory, zeroed, aligned to 64 bytes.
///
/// Unchecked: two threads may share one as long as they write disjoint parts; the operations that split
/// rows over threads do.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  public let start: Floats

  public convenience init(count: Int) {
    self.init(uninitialised: count)
    zero()
  }

  /// Whatever the memory held.
  init(uninitialised count: Int) {
    self.count = count
    let bytes = (max(count, 1) * MemoryLayout<Float>.stride + 63) / 64 * 64
    guard let memory = aligned_alloc(64, bytes) else {
      preconditionFailure("Out of memory: \(bytes) bytes asked for. Lower runtime.tokens_per_batch.")
    }
    start = memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  public convenience init(copying values: [Float]) {
    self.init(count: values.count)
    start.update(from: values, count: values.count)
  }

  deinit { free(start) }

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

  public func floats(_ count: Int) -> Floats {
    if buffer.count < count { buffer = FloatBuffer(uninitialised: count + count / 4) }
    return buffer.start
  }
}
