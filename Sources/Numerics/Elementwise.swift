import CKernels

/// What needs no shape.
public enum Elementwise {
  /// y += x.
  public static func add(_ x: FloatBuffer, to y: FloatBuffer, lane: Lane) {
    precondition(x.count == y.count, "\(x.count) values added to \(y.count)")
    lane.split(x.count, atLeast: 65_536) { part in
      ak_add(y.start + part.lowerBound, x.start + part.lowerBound, part.count)
    }
  }

  /// y = share · x + (1 − share) · y.
  public static func mix(_ share: Float, of x: FloatBuffer, into y: FloatBuffer) {
    precondition(x.count == y.count, "\(x.count) values mixed into \(y.count)")
    ak_scale(y.start, 1 - share, y.count)
    ak_add_scaled(y.start, x.start, share, y.count)
  }

  /// y += a·x.
  @inline(__always)
  public static func add(_ x: ConstFloats, times a: Float, to y: Floats, count: Int) {
    ak_add_scaled(y, x, a, count)
  }

  /// x *= a.
  @inline(__always)
  public static func scale(_ x: Floats, by a: Float, count: Int) { ak_scale(x, a, count) }

  /// Σ x·y.
  @inline(__always)
  public static func dot(_ x: ConstFloats, _ y: ConstFloats, count: Int) -> Float { ak_dot(x, y, count) }

  /// y = x.
  public static func copy(_ x: ConstFloats, to y: Floats, count: Int, lane: Lane) {
    let p = Unchecked((x, y))
    lane.split(count, atLeast: 65_536) { part in
      (p.value.1 + part.lowerBound).update(from: p.value.0 + part.lowerBound, count: part.count)
    }
  }

  /// x += row, each row of x.
  public static func add(row: ConstFloats, to x: Floats, rows: Int, width: Int, lane: Lane) {
    let p = Unchecked((row, x))
    lane.split(rows, atLeast: 64) { part in
      ak_add_to_rows(p.value.1 + part.lowerBound * width, width, p.value.0, part.count, width)
    }
  }

  /// sum += all rows of x, one after the other.
  public static func sumRows(_ x: ConstFloats, into sum: Floats, rows: Int, width: Int) {
    ak_sum_rows_acc(sum, x, width, rows, width)
  }

  /// y = 0.
  public static func zero(_ y: Floats, count: Int, lane: Lane) {
    let p = Unchecked(y)
    lane.split(count, atLeast: 65_536) { part in
      (p.value + part.lowerBound).update(repeating: 0, count: part.count)
    }
  }

  /// Σ x², in fp64 over blocks: the same for any number of threads.
  public static func sumOfSquares(_ x: FloatBuffer, lane: Lane) -> Double {
    let part = 1 << 20, count = x.count
    var sums = [Double](repeating: 0, count: (count + part - 1) / part)
    sums.withUnsafeMutableBufferPointer { sums in
      let p = Unchecked((x.start, sums))
      lane.each(sums.count) { index in
        let first = index * part
        p.value.1[index] = ak_sum_of_squares(p.value.0 + first, min(part, count - first))
      }
    }
    return sums.reduce(0, +)
  }
}
