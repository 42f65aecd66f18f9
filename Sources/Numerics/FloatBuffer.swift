import Glibc

/// Owned fp32 memory, zeroed, aligned to 64 bytes.
///
/// Large ones lie in pages of 2 MiB, where the system has them: products that walk through hundreds of MiB would spend
/// a tenth of their time looking up pages of 4 KiB. They go back to the system when they are freed.
///
/// Unchecked: two threads may share one as long as they write disjoint parts; the operations that split
/// rows over threads do.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  public let start: Floats
  /// Bytes of pages of its own; 0: part of the heap.
  private let mapped: Int

  private static let page = 2 << 20

  public convenience init(count: Int) {
    self.init(uninitialised: count)
    if mapped == 0 { zero() }
  }

  /// Whatever the memory held.
  init(uninitialised count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    mapped = bytes >= 2 * Self.page ? (bytes + Self.page - 1) / Self.page * Self.page : 0
    let memory =
      mapped > 0
      ? Self.map(mapped) : aligned_alloc(64, (bytes + 63) / 64 * 64)
    guard let memory else {
      fatalError("Out of memory: \(bytes) bytes asked for. Lower runtime.tokens_per_batch.")
    }
    start = memory.bindMemory(to: Float.self, capacity: max(count, 1))
  }

  /// Zeroed pages, on a boundary of large ones.
  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard
      let all = mmap(nil, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      all != MAP_FAILED
    else { return nil }
    let before = (page - Int(bitPattern: all) % page) % page
    if before > 0 { munmap(all, before) }
    munmap(all + before + bytes, page - before)
    madvise(all + before, bytes, MADV_HUGEPAGE)
    return all + before
  }

  public convenience init(copying values: [Float]) {
    self.init(count: values.count)
    start.update(from: values, count: values.count)
  }

  deinit {
    if mapped > 0 { munmap(start, mapped) } else { free(start) }
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
