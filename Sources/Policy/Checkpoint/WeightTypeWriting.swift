/// Weights from fp32 to what files hold.
extension WeightType {
  /// Little-endian bytes of `values`, a whole number of blocks; nil for a type that isn't written.
  ///
  /// Q8_0 as `quantize_row_q8_0_ref` of ggml-quants.c: the scale is the largest magnitude of a block / 127, and is
  /// stored as binary16 after the division. A value comes back within 0.57 of a scale: half a step, and 127 times
  /// the rounding of the scale. What is no finite number, or above 65504·127, can't be written so: nil.
  func stored(_ values: [Float]) -> [UInt8]? {
    guard let size = bytes(of: values.count) else { return nil }
    var out: [UInt8] = []
    out.reserveCapacity(size)
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { out.append(contentsOf: $0) }
    }
    switch self {
    case .f32: for value in values { append(value.bitPattern) }
    case .bf16: for value in values { append(SafetensorsFile.bfloat16(value)) }
    case .q8_0:
      for start in stride(from: 0, to: values.count, by: 32) {
        let block = values[start..<start + 32]
        var largest: Float = 0
        for value in block {
          guard value.isFinite else { return nil }
          largest = max(largest, abs(value))
        }
        let scale = largest / 127
        let stored = Float16(scale)
        guard stored.isFinite else { return nil }
        // A subnormal scale has no finite reciprocal; its values are below what binary16 can hold.
        let inverse = stored == 0 ? 0 : 1 / scale
        append(stored.bitPattern)
        for value in block { out.append(UInt8(bitPattern: Int8((value * inverse).rounded()))) }
      }
    default: return nil
    }
    return out
  }
}
