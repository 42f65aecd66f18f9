import ArgumentParser
import AssayNumerics
import Foundation

struct ProductsBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "products", abstract: "Matrix products of a decoder's shapes, GFLOP/s.",
    discussion: """
      Example:
        assay bench products --threads 2
      Rows are y = x·Wᵀ with W packed, x as it comes; the last two are the backward's. OpenBLAS beside it, where it \
      is installed.
      """)

  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Repetitions of at least 50 ms; the median is shown.") var repetitions = 5
  @Flag(help: "One JSON object a line.") var json = false

  /// Rows, output, input: layers and head of SmolLM2-135M.
  private static let shapes = [
    (1, 1536, 576), (8, 1536, 576), (32, 1536, 576), (64, 1536, 576), (1024, 1536, 576), (1024, 576, 1536),
    (1, 49_152, 576), (32, 49_152, 576), (64, 49_152, 576), (256, 49_152, 576),
  ]

  func run() throws {
    let lane = Lane(threads: threads)
    let peer = OpenBLAS(threads: threads)
    let columns = Precision.allCases.map { Kernels($0) }
    if !json {
      let names = columns.map(\.name) + [peer.map { "OpenBLAS, kernels \($0.kernels)" } ?? "no OpenBLAS"]
      print("GFLOP/s of \(threads) threads: " + names.joined(separator: "; "))
      print("what           rows  output  input    fp32    bf16    fp16  OpenBLAS")
    }
    for (rows, output, input) in Self.shapes {
      let forward = columns.map { time(Forward(rows, output, input, $0, lane)) }
      row(
        "forward", rows, output, input, forward + (peer.map { [time(Peer($0, rows, output, input))] } ?? []))
    }
    for (rows, output, input) in [(1024, 1536, 576), (1024, 576, 1536)] {
      row(
        "input gradient", rows, output, input,
        columns.map { time(Backward(rows, output, input, $0, lane, weight: false)) })
      row(
        "weight grad.", rows, output, input,
        columns.map { time(Backward(rows, output, input, $0, lane, weight: true)) })
    }
  }

  private func row(_ name: String, _ rows: Int, _ output: Int, _ input: Int, _ seconds: [Double]) {
    let rates = seconds.map { 2e-9 * Double(rows * output * input) / $0 }
    if json {
      let names = Precision.allCases.map(\.rawValue) + ["openblas"]
      let pairs = zip(names, rates).map { "\"\($0)\":\(String(format: "%.1f", $1))" }.joined(separator: ",")
      print("{\"what\":\"\(name)\",\"rows\":\(rows),\"output\":\(output),\"input\":\(input),\(pairs)}")
    } else {
      let cells = rates.map { String(format: "%8.0f", $0) }.joined()
      let shape = String(format: "%6d %7d %6d", rows, output, input)
      print(name.padding(toLength: 14, withPad: " ", startingAt: 0) + shape + cells)
    }
  }

  private func time(_ work: some Work) -> Double {
    work.run()
    var count = 1
    var times: [Double] = []
    while times.count < repetitions {
      let start = ContinuousClock.now
      for _ in 0..<count { work.run() }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if seconds < 0.05 { count *= 2 } else { times.append(seconds / Double(count)) }
    }
    return times.sorted()[times.count / 2]
  }
}

private protocol Work { func run() }

private func filled(_ count: Int) -> FloatBuffer {
  let buffer = FloatBuffer(count: count)
  for i in 0..<count { buffer.start[i] = Float((i &* 2_654_435_761) % 1000) / 1000 - 0.5 }
  return buffer
}

private struct Forward: Work {
  let x: FloatBuffer, y: FloatBuffer, weight: PackedMatrix, linear: Linear, rows: Int

  init(_ rows: Int, _ output: Int, _ input: Int, _ kernels: Kernels, _ lane: Lane) {
    x = filled(rows * input)
    y = FloatBuffer(count: rows * output)
    weight = PackedMatrix(kernels)
    let unpacked = filled(output * input)
    weight.pack(unpacked.start, row: input, k: input, columns: output, isTransposed: true, lane: lane)
    withExtendedLifetime(unpacked) {}
    linear = Linear(kernels, lane: lane)
    self.rows = rows
  }

  func run() { linear.forward(x.start, weight, into: y.start, rows: rows) }
}

private struct Backward: Work {
  let x: FloatBuffer, dy: FloatBuffer, w: FloatBuffer, dw: FloatBuffer, dx: FloatBuffer
  let linear: Linear, rows: Int, output: Int, input: Int, weight: Bool

  init(_ rows: Int, _ output: Int, _ input: Int, _ kernels: Kernels, _ lane: Lane, weight: Bool) {
    (self.rows, self.output, self.input, self.weight) = (rows, output, input, weight)
    (x, dy, w) = (filled(rows * input), filled(rows * output), filled(output * input))
    (dw, dx) = (FloatBuffer(count: output * input), FloatBuffer(count: rows * input))
    linear = Linear(kernels, lane: lane)
  }

  func run() {
    if weight {
      linear.backwardWeight(dy.start, x: x.start, dWeight: dw.start, rows: rows, input: input, output: output)
    } else {
      linear.backwardInput(dy.start, weight: w.start, dx: dx.start, rows: rows, input: input, output: output)
    }
  }
}

private struct Peer: Work {
  let peer: OpenBLAS, x: FloatBuffer, y: FloatBuffer, w: FloatBuffer, rows: Int, output: Int, input: Int

  init(_ peer: OpenBLAS, _ rows: Int, _ output: Int, _ input: Int) {
    self.peer = peer
    (self.rows, self.output, self.input) = (rows, output, input)
    (x, y, w) = (filled(rows * input), FloatBuffer(count: rows * output), filled(output * input))
  }

  func run() { peer.forward(x.start, w.start, into: y.start, rows: rows, output: output, input: input) }
}
