import AssayNumerics
import CKernels
import Foundation
import Synchronization
import Testing

/// Every kernel that this CPU runs, in every precision.
let allKernels = Precision.allCases.flatMap { precision in
  [nil, "avx2", "plain"].map { Kernels(precision, most: $0) }
}

/// The nearest bf16, or x itself: fp16's rounding hangs on what stands beside x.
private func rounded(_ x: Float, _ precision: Precision) -> Double {
  guard precision == .bf16 else { return Double(x) }
  let bits = x.bitPattern
  return Double(Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000))
}

@Suite("Matrix products", .serialized)
struct ProductTests {
  @Test(
    "forward and backward against three nested loops", arguments: allKernels.indices,
    [[1, 1, 1], [5, 9, 7], [13, 33, 64], [120, 70, 31], [97, 24, 100], [14, 70, 300], [60, 9, 1500]])
  func loops(kernels index: Int, shape: [Int]) {
    let kernels = allKernels[index], (rows, output, input) = (shape[0], shape[1], shape[2])
    let x = random(rows * input, 1), w = random(output * input, 2), dy = random(rows * output, 3)
    let linear = Linear(kernels, lane: lane)
    let packed = PackedMatrix(kernels)
    packed.pack(w.start, row: input, k: input, columns: output, isTransposed: true, lane: lane)
    let y = random(rows * output, 4), before = y.values
    let dx = FloatBuffer(count: x.count), dw = random(w.count, 5), dwBefore = dw.values
    linear.forward(x.start, packed, into: y.start, rows: rows, adding: true)
    linear.backwardInput(dy.start, weight: w.start, dx: dx.start, rows: rows, input: input, output: output)
    linear.backwardWeight(dy.start, x: x.start, dWeight: dw.start, rows: rows, input: input, output: output)
    let precision = kernels.precision
    // fp16: factors are rounded by up to 2^-12 each, and so is each of the sums of up to 128 products.
    func close(_ given: Float, _ expected: Double, terms: Int) -> Bool {
      let bound = precision == .fp16 ? 3e-3 * Double(terms).squareRoot() : 1e-6 * Double(terms + 10)
      return abs(Double(given) - expected) < bound
    }
    let (a, b, d) = (
      x.values.map { rounded($0, precision) }, w.values.map { rounded($0, precision) },
      dy.values.map { rounded($0, precision) }
    )
    for i in 0..<rows {
      for j in 0..<output {
        let sum = (0..<input).reduce(Double(before[i * output + j])) {
          $0 + a[i * input + $1] * b[j * input + $1]
        }
        #expect(close(y.start[i * output + j], sum, terms: input))
      }
      for j in 0..<input {
        let sum = (0..<output).reduce(0.0) { $0 + d[i * output + $1] * b[$1 * input + j] }
        #expect(close(dx.start[i * input + j], sum, terms: output))
      }
    }
    for i in 0..<output {
      for j in 0..<input {
        let sum = (0..<rows).reduce(Double(dwBefore[i * input + j])) {
          $0 + d[$1 * output + i] * a[$1 * input + j]
        }
        #expect(close(dw.start[i * input + j], sum, terms: rows))
      }
    }
  }

  @Test(
    "a row's product is the same bits among any others, on any number of threads",
    arguments: allKernels.indices, [45, 300])
  func rowsAlone(kernels index: Int, input: Int) {
    let kernels = allKernels[index], (rows, output) = (201, 77)
    let x = random(rows * input, 1), w = random(output * input, 2)
    let packed = PackedMatrix(kernels)
    packed.pack(w.start, row: input, k: input, columns: output, isTransposed: true, lane: lane)
    let all = FloatBuffer(count: rows * output), some = FloatBuffer(count: rows * output)
    Linear(kernels, lane: lane).forward(x.start, packed, into: all.start, rows: rows)
    for count in [1, 2, 7, 50] {
      Linear(kernels, lane: Lane(threads: 1))
        .forward(x.start + 3 * input, packed, into: some.start, rows: count)
      #expect(
        (0..<count * output).allSatisfy { some.start[$0].bitPattern == all.start[3 * output + $0].bitPattern }
      )
    }
  }

  @Test(
    "weights of 8 bits: the bits of fp32 products with the same weights, in any company",
    arguments: [nil, "avx2", "plain"],
    [[1, 300, 64], [2, 77, 45], [7, 16, 33], [201, 130, 96]])
  func eightBits(most: String?, shape: [Int]) {
    let kernels = Kernels(.fp32, most: most), (rows, output, input) = (shape[0], shape[1], shape[2])
    let x = random(rows * input, 1), w = random(output * input, 2)
    // What 8 bits make of the weights: blocks of 32 of a row.
    let rounded = FloatBuffer(count: w.count)
    for row in 0..<output {
      for first in stride(from: 0, to: input, by: 32) {
        let block = (first..<min(first + 32, input)).map { row * input + $0 }
        let scale = (block.map { abs(w.start[$0]) }.max() ?? 0) / 127
        for i in block { rounded.start[i] = (w.start[i] * (1 / scale)).rounded(.toNearestOrEven) * scale }
      }
    }
    func product(_ weight: FloatBuffer, _ format: WeightFormat, rows: Range<Int>) -> [UInt32] {
      let packed = PackedMatrix(kernels, format: format), y = random(rows.count * output, 3)
      packed.pack(weight.start, row: input, k: input, columns: output, isTransposed: true, lane: lane)
      Linear(kernels, lane: lane)
        .forward(x.start + rows.lowerBound * input, packed, into: y.start, rows: rows.count, adding: true)
      return y.values.map(\.bitPattern)
    }
    let expected = product(rounded, .full, rows: 0..<rows)
    #expect(product(w, .q8_0, rows: 0..<rows) == expected)
    #expect(product(rounded, .q8_0, rows: 0..<rows) == expected, "8 bits of 8 bits are the same")
    #expect(product(w, .q8_0, rows: 0..<1) == Array(expected.prefix(output)))
  }

  @Test("fp32 kernels with fused products agree bit for bit")
  func sameBits() {
    let fused = allKernels.filter { $0.precision == .fp32 && !$0.name.contains("plain") }
    let (rows, output, input) = (9, 40, 33)
    let x = random(rows * input, 1), w = random(output * input, 2)
    let results = fused.map { kernels in
      let packed = PackedMatrix(kernels), y = FloatBuffer(count: rows * output)
      packed.pack(w.start, row: input, k: input, columns: output, isTransposed: true, lane: lane)
      Linear(kernels, lane: lane).forward(x.start, packed, into: y.start, rows: rows)
      return y.values.map(\.bitPattern)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(
    "fp16: rows and columns of any size keep their precision; one that is not finite spoils itself alone",
    arguments: allKernels.indices.filter { allKernels[$0].precision == .fp16 }, [7, 64, 129, 600])
  func scales(kernels index: Int, input: Int) {
    let kernels = allKernels[index]
    // More than a panel has, and each beside others.
    let sizes = (0..<4).flatMap {
      [1, 0x1p-100, 0x1p55, 3e-7, 0, .nan, .infinity, 1e6, Float($0) + 5, 0x1p-126, 1]
    }
    let (rows, output) = (sizes.count, sizes.count)
    let x = random(rows * input, 1), w = random(output * input, 2)
    for (buffer, seed) in [(x, 0), (w, 5)] {
      for row in 0..<rows {
        let size = sizes[(row + seed) % rows]
        // Not finite: one element, somewhere.
        if size.isFinite {
          for i in 0..<input { buffer.start[row * input + i] *= size }
        } else {
          buffer.start[row * input + input / 2] = size
        }
      }
    }
    let packed = PackedMatrix(kernels), y = FloatBuffer(count: rows * output),
      linear = Linear(kernels, lane: lane)
    packed.pack(w.start, row: input, k: input, columns: output, isTransposed: true, lane: lane)
    linear.forward(x.start, packed, into: y.start, rows: rows)
    for i in 0..<rows {
      for j in 0..<output {
        let given = y.start[i * output + j], (a, b) = (sizes[i], sizes[(j + 5) % output])
        guard a.isFinite && b.isFinite else {
          #expect(given.isNaN)
          continue
        }
        let terms = (0..<input).map { Double(x.start[i * input + $0]) * Double(w.start[j * input + $0]) }
        let total = terms.reduce(0) { $0 + abs($1) }
        // Below 2^-123 a row counts as zeros, and a product below fp32's range is one.
        let lost = (a == 0x1p-126 || b == 0x1p-126 ? total : 0) + 1e-38
        #expect(abs(Double(given) - terms.reduce(0, +)) <= 1.5e-3 * total + lost)
      }
    }
    // The same numbers as x[k, columns], and as strips: the gradient of the weight.
    let turned = FloatBuffer(count: x.count), again = PackedMatrix(kernels)
    for i in 0..<rows { for j in 0..<input { turned.start[j * rows + i] = x.start[i * input + j] } }
    let turnedWeight = FloatBuffer(count: w.count)
    for i in 0..<output {
      for j in 0..<input { turnedWeight.start[j * output + i] = w.start[i * input + j] }
    }
    let z = FloatBuffer(count: rows * output)
    again.pack(turnedWeight.start, row: output, k: input, columns: output, isTransposed: false, lane: lane)
    linear.forward(x.start, again, into: z.start, rows: rows)
    func same(_ a: FloatBuffer, _ b: FloatBuffer) -> Bool {
      zip(a.values, b.values).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }
    #expect(same(y, z))
    let gradient = FloatBuffer(count: rows * output)
    linear.backwardWeight(
      turned.start, x: turnedWeight.start, dWeight: gradient.start, rows: input, input: output, output: rows)
    #expect(same(y, gradient))
  }
}

@Test(
  "fp16: the largest products of one sign fit its sums", arguments: [nil, "plain"] as [String?],
  [191, 192, 193, 1024])
func largestSums(most: String?, k: Int) {
  let kernels = Kernels(.fp16, most: most)
  let x = FloatBuffer(count: 3 * k), w = FloatBuffer(count: 33 * k), y = FloatBuffer(count: 99)
  // Scaled to 15.992 and, in fp16, 16.
  x.start.update(repeating: 3.999, count: x.count)
  w.start.update(repeating: -0.4999, count: w.count)
  let packed = PackedMatrix(kernels), linear = Linear(kernels, lane: lane)
  packed.pack(w.start, row: k, k: k, columns: 33, isTransposed: true, lane: lane)
  linear.forward(x.start, packed, into: y.start, rows: 3)
  let expected = -3.999 * 0.4999 * Float(k)
  for value in y.values { #expect(abs(value - expected) < 0.02 * -expected, "\(value) for \(expected)") }
}

@Suite("Strips")
struct StripTests {
  @Test(
    "packed beside each other they are what each is by itself", arguments: Precision.allCases,
    [
      [1, 12, 12], [2, 5, 12], [33, 100, 12], [64, 24, 6], [95, 301, 12], [31, 7, 6], [128, 96, 12],
      [70, 8, 8],
    ])
  func strips(precision: Precision, shape: [Int]) {
    let (k, columns, width) = (shape[0], shape[1], shape[2])
    let row = columns + 3, x = random(k * row, 7)
    if k > 1 { x.start[row + columns / 2] = .infinity }
    let steps = precision == .fp32 ? k : (k + 1) / 2 + (precision == .fp16 ? 1 : 0)
    func packed(_ pack: (Floats) -> Void) -> [UInt32] {
      let out = FloatBuffer(count: columns * steps + 16)
      out.start.update(repeating: -7, count: out.count)
      pack(out.start)
      return out.values.map(\.bitPattern)
    }
    let element = precision == .fp32 ? AK_FP32 : precision == .bf16 ? AK_BF16 : AK_FP16
    let together = packed { ak_pack_strips($0, x.start, row, k, columns, width, element) }
    let apart = packed { out in
      for first in stride(from: 0, to: columns, by: width) {
        let have = min(width, columns - first)
        ak_pack_columns(out + first * steps, x.start + first, row, k, have, have, element)
      }
    }
    #expect(together == apart)
  }
}

@Suite("Threads of a lane")
struct TeamTests {
  @Test("every item is done once, whoever else is at work, asleep or within an item", arguments: [2, 3, 8])
  func items(threads: Int) {
    let lane = Lane(threads: threads)
    for round in 0..<300 {
      let done = Mutex([Int](repeating: 0, count: 50))
      lane.each(50) { item in
        // An item that needs the team itself is served alone.
        if item % 10 == 0 { Lane(threads: threads).split(4) { _ in } }
        done.withLock { $0[item] += 1 }
      }
      #expect(done.withLock { $0 } == [Int](repeating: 1, count: 50))
      if round % 100 == 50 { usleep(20_000) }
    }
  }

  @Test("several callers at once")
  func callers() async {
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let sum = Mutex(0)
          for _ in 0..<200 { Lane(threads: 4).each(20) { item in sum.withLock { $0 += item } } }
          return sum.withLock { $0 }
        }
      }
      for await sum in group { #expect(sum == 200 * 190) }
    }
  }
}
