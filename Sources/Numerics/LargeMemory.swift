import Glibc
import Synchronization

/// Memory of large buffers, which stays with the process when they are freed: a new page costs more than what is written
/// to it at first, and phases of a training step take turns with hundreds of MiB.
///
/// Best fit among the free ranges, neighbours joined again. Where none fits, those that are free give their pages back, so
/// that the process holds no more than what is in use and the new range. Ranges lie in pages of 2 MiB, where the system has them:
/// products that walk through hundreds of MiB would spend a tenth of their time looking up pages of 4 KiB.
final class LargeMemory: Sendable {
  static let shared = LargeMemory()

  /// Sorted, none adjacent to the next.
  private let free = Mutex<[Range<UInt>]>([])
  private static let page: UInt = 2 << 20
  /// Mapped at a time, at least; what is not touched takes no memory.
  private static let least: UInt = 64 << 20

  /// - Returns: A range on a boundary of 64 bytes, and whether it holds zeros; nil: out of memory.
  func take(_ bytes: Int) -> (range: Range<UInt>, isZero: Bool)? {
    // 64 bytes more, so that buffers of one size don't all begin at the same place of a page.
    let size = (UInt(bytes) + 63) / 64 * 64 + 64
    return free.withLock { free in
      var best: Int?
      for (index, range) in free.enumerated() where range.count >= size {
        if best.map({ range.count < free[$0].count }) ?? true { best = index }
      }
      if let best {
        let start = free[best].lowerBound
        if free[best].count == size {
          free.remove(at: best)
        } else {
          free[best] = start + size..<free[best].upperBound
        }
        return (start..<start + size, false)
      }
      for range in free { Self.release(range) }
      let mapped = max((size + Self.page - 1) / Self.page * Self.page, Self.least)
      guard let start = Self.map(mapped) else { return nil }
      Self.insert(start + size..<start + mapped, into: &free)
      return (start..<start + size, true)
    }
  }

  /// The pages that lie in the range as a whole; it stays free, and zero where it is touched again.
  private static func release(_ range: Range<UInt>) {
    let first = (range.lowerBound + page - 1) / page * page, end = range.upperBound / page * page
    guard first < end else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED)
  }

  func give(_ range: Range<UInt>) { free.withLock { Self.insert(range, into: &$0) } }

  private static func insert(_ range: Range<UInt>, into free: inout [Range<UInt>]) {
    guard !range.isEmpty else { return }
    let next = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.count
    var (joined, replaced) = (range, next..<next)
    if next < free.count, free[next].lowerBound == range.upperBound {
      joined = joined.lowerBound..<free[next].upperBound
      replaced = next..<next + 1
    }
    if next > 0, free[next - 1].upperBound == range.lowerBound {
      joined = free[next - 1].lowerBound..<joined.upperBound
      replaced = next - 1..<replaced.upperBound
    }
    free.replaceSubrange(replaced, with: CollectionOfOne(joined))
  }

  /// Zeroed pages, on a boundary of large ones. What is mapped over for it is cut off in front: the next mapping, which
  /// the system puts below this one, is then its neighbour.
  private static func map(_ bytes: UInt) -> UInt? {
    guard
      let all = mmap(
        nil, Int(bytes + page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      all != MAP_FAILED
    else { return nil }
    let before = Int(page - UInt(bitPattern: all) % page)
    munmap(all, before)
    if before < Int(page) { munmap(all + before + Int(bytes), Int(page) - before) }
    madvise(all + before, Int(bytes), MADV_HUGEPAGE)
    return UInt(bitPattern: all + before)
  }
}
