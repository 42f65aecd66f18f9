import Foundation
import Testing

@testable import Policy

@Suite("Safetensors")
struct SafetensorsTests {
  /// A file with that header, and data.
  private func open(_ header: [UInt8], _ data: [UInt8] = []) throws -> SafetensorsFile {
    try Golden.withFolder { folder in
      var bytes = [UInt8](repeating: 0, count: 8) + header + data
      TinyFiles.setHeaderLength(&bytes, header.count)
      try Data(bytes).write(to: URL(filePath: folder + "/model.safetensors"))
      return try SafetensorsFile(folder + "/model.safetensors")
    }
  }

  @Test(
    "numbers of each type",
    arguments: [
      ("F64", [0x3ff8_0000_0000_0000, 0xc000_0000_0000_0000], [1.5, -2]),
      ("F32", [0x3fc0_0000, 1], [1.5, 1e-45]),
      ("F16", [0x3e00, 0xc000, 0x0001, 0x7c00], [1.5, -2, 0x1p-24, .infinity]),
      ("BF16", [0x3fc0, 0xc000, 0xff80], [1.5, -2, -.infinity]),
    ] as [(String, [UInt64], [Double])])
  func values(type: String, bits: [UInt64], expected: [Double]) throws {
    let size = ["F64": 8, "F32": 4][type] ?? 2
    let data = bits.flatMap { bits in (0..<size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) } }
    let header =
      #"{"a": {"dtype": "\#(type)", "shape": [1, \#(bits.count)], "data_offsets": [0, \#(data.count)]}}"#
    let tensor = try open(Array(header.utf8), data).tensor("a")
    #expect(tensor == HostTensor(shape: [1, bits.count], values: expected.map { Float($0) }))
  }

  @Test(
    "integers of each type",
    arguments: [("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1)])
  func integers(type: String, size: Int) throws {
    let header = #"{"a": {"dtype": "\#(type)", "shape": [2], "data_offsets": [0, \#(2 * size)]}}"#
    let data = [UInt8](repeating: 0xff, count: size) + [5] + [UInt8](repeating: 0, count: size - 1)
    let file = try open(Array(header.utf8), data)
    #expect(try file.integers("a") == [-1, 5])
    #expect(throws: CheckpointError.self) { try file.tensor("a") }
  }

  /// Two tensors of four bytes each in eight bytes of data; what is wrong, and what is said.
  @Test(
    "headers that contradict themselves or the file",
    arguments: [
      (#""b""#, #""a""#, "a second time"), ("[4,8]", "[0,4]", "begins at byte"),
      ("[4,8]", "[2,6]", "begins at byte"),
      ("[4,8]", "[5,9]", "outside of the 8 bytes"), ("[4,8]", "[8,4]", "outside"),
      ("[4,8]", "[-4,0]", "outside"),
      ("[4,8]", "[4]", "lacks"), ("[4,8]", "[4,8,8]", "lacks"), ("[4,8]", "[4,9e18]", "outside"),
      ("[4,8]", "[4,18446744073709551616]", "outside"), ("[1]", "[2]", "has 4 bytes"),
      ("[1]", "[-1]", "no list of sizes"), ("[1]", "[0.5]", "no list of sizes"),
      ("[1]", "[4294967296,4294967296]", "no list of sizes"),
      ("[1]", "[4611686018427387904]", "of shape [4611686018427387904]"), ("[1]", "[0]", "has 4 bytes"),
      ("F32", "F33", "unknown type F33"), ("F32", #"F32","dtype":"F16"#, "a second time"),
      (#","b":"#, #","c":{"dtype":"U8","shape":[0],"data_offsets":[8,9]},"b":"#, "outside"),
      (#","b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#, "", "last 4 bytes belong to no tensor"),
      ("{", "[", "not valid JSON"), ("}}", "}", "“,” or “}” is missing"),
    ])
  func contradictions(original: String, changed: String, message: String) throws {
    let text =
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
    let data = [UInt8](repeating: 0, count: 8)
    _ = try open(Array(text.utf8), data)
    #expect(text.contains(original))
    let error = #expect(throws: CheckpointError.self) {
      try open(Array(text.replacing(original, with: changed).utf8), data)
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test("a header longer than the file, or than any")
  func headerLength() throws {
    try Golden.withFolder { folder in
      let path = folder + "/model.safetensors"
      for length in [3, 1 << 20, Int.max, -1] {
        var bytes = [UInt8](repeating: 0x20, count: 10)
        TinyFiles.setHeaderLength(&bytes, length)
        try Data(bytes).write(to: URL(filePath: path))
        let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path) }
        #expect(
          error?.message.contains("announces a header of \(UInt64(bitPattern: Int64(length))) bytes") == true)
      }
      // A sparse file: the length alone is more than a header may have.
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.truncate(atOffset: 200_000_000)
      try file.seek(toOffset: 0)
      try file.write(contentsOf: withUnsafeBytes(of: UInt64(150_000_000).littleEndian) { Data($0) })
      let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path) }
      #expect(error?.message.contains("the longest") == true, "\(error?.message ?? "")")
    }
  }
}
