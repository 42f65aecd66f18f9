import CKernels

/// How a file holds the numbers of a tensor.
enum WeightType: Sendable, Hashable {
  case f64, f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q4_K, q5_K, q6_K

  /// Numbers a block, and its bytes.
  var block: (count: Int, bytes: Int) {
    switch self {
    case .f64: (1, 8)
    case .f32: (1, 4)
    case .f16, .bf16: (1, 2)
    case .q4_0: (32, 18)
    case .q4_1: (32, 20)
    case .q5_0: (32, 22)
    case .q5_1: (32, 24)
    case .q8_0: (32, 34)
    case .q4_K: (256, 144)
    case .q5_K: (256, 176)
    case .q6_K: (256, 210)
    }
  }

  /// Nil: the count is no whole number of blocks, or too large.
  func bytes(of count: Int) -> Int? {
    guard count >= 0, count % block.count == 0 else { return nil }
    let (bytes, overflow) = (count / block.count).multipliedReportingOverflow(by: block.bytes)
    return overflow ? nil : bytes
  }

  /// - Parameter bytes: `self.bytes(of: count)` of them.
  func floats(_ bytes: UnsafeRawBufferPointer, count: Int) -> [Float] {
    precondition(self.bytes(of: count) == bytes.count, "\(bytes.count) bytes do not hold \(count) numbers")
    return Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      guard let out = buffer.baseAddress, let start = bytes.baseAddress, count > 0 else { return }
      let from = start.assumingMemoryBound(to: UInt8.self)
      let blocks = count / block.count
      switch self {
      case .f32: UnsafeMutableRawPointer(out).copyMemory(from: start, byteCount: bytes.count)
      case .f64: ak_from_f64(out, from, blocks)
      case .f16: ak_from_f16(out, from, blocks)
      case .bf16: ak_from_bf16(out, from, blocks)
      case .q4_0: ak_from_q4_0(out, from, blocks)
      case .q4_1: ak_from_q4_1(out, from, blocks)
      case .q5_0: ak_from_q5_0(out, from, blocks)
      case .q5_1: ak_from_q5_1(out, from, blocks)
      case .q8_0: ak_from_q8_0(out, from, blocks)
      case .q4_K: ak_from_q4_k(out, from, blocks)
      case .q5_K: ak_from_q5_k(out, from, blocks)
      case .q6_K: ak_from_q6_k(out, from, blocks)
      }
    }
  }
}

/// The product of dimensions; nil where it is no `Int`.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard extent >= 0, !overflow else { return nil }
    count = product
  }
  return count
}
