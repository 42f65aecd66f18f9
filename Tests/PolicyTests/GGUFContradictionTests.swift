import Foundation
import Testing

@testable import Policy

/// GGUF files that contradict themselves, made by hand: two tensors of 32 bytes each, and what is wrong.
@Suite("GGUF: contradictions")
struct GGUFContradictionTests {
  struct Row: Sendable {
    var message: String
    var entries: [(String, GGUFEncoder.Value)] = [("a", .size(1)), ("b", .string("text"))]
    var tensors: [(name: String, shape: [Int], type: UInt32, offset: Int)] = [
      ("one", [2, 4], 0, 0), ("two", [8], 0, 32),
    ]
    /// From the head's start, put over it.
    var patch: [(place: Int, bytes: [UInt8])] = []
  }

  private static let rows: [Row] = [
    Row(message: ""),
    Row(message: "“GGUF”", patch: [(0, [0x67])]), Row(message: "version is 4", patch: [(4, [4])]),
    Row(message: "number of tensors is", patch: [(8, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])]),
    Row(message: "number of metadata is", patch: [(16, [0, 0, 0, 0, 0, 0, 0, 0x80])]),
    Row(message: "the length of a metadata key is", patch: [(24, [0, 0, 0, 0, 1])]),
    Row(message: "a metadata key is no UTF-8", patch: [(32, [0xff])]),
    Row(message: "unknown type 13", patch: [(33, [13])]),
    Row(message: "a second time", entries: [("a", .size(1)), ("a", .size(2))]),
    Row(message: "general.alignment is 0", entries: [("general.alignment", .size(0))]),
    Row(message: "general.alignment is 4294967295", entries: [("general.alignment", .size(.max))]),
    Row(message: "no multiple of 32", tensors: [("one", [8], 0, 16)]),
    Row(message: "one comes a second time", tensors: [("one", [8], 0, 0), ("one", [8], 0, 32)]),
    Row(message: "one and two overlap", tensors: [("one", [16], 0, 0), ("two", [8], 0, 32)]),
    Row(message: "two and one overlap", tensors: [("one", [8], 0, 32), ("two", [16], 0, 0)]),
    Row(message: "two needs 32 bytes", tensors: [("one", [8], 0, 0), ("two", [8], 0, 64)]),
    Row(message: "needs 32 bytes at", tensors: [("one", [8], 0, .max - 31)]),
    Row(message: "can't have shape", tensors: [("one", [1 << 32, 1 << 32], 0, 0)]),
    Row(message: "can't have shape", tensors: [("one", [1 << 61], 0, 0)]),
    // As unsigned, 2⁶⁴ - 1.
    Row(message: "a size of one is 18446744073709551615", tensors: [("one", [-1], 0, 0)]),
    Row(message: "can't have shape [2, 16]", tensors: [("one", [2, 16], 8, 0)]),
    Row(message: "has 5 dimensions", tensors: [("one", [1, 1, 1, 1, 8], 0, 0)]),
    Row(message: "quantised as Q2_K", tensors: [("one", [256], 10, 0)]),
    Row(message: "quantised as number 99", tensors: [("one", [8], 99, 0)]),
  ]

  @Test("are said", arguments: rows)
  func said(row: Row) throws {
    var head = GGUFEncoder()
    head.integer(UInt32(0x4655_4747))
    head.integer(UInt32(3))
    head.integer(UInt64(row.tensors.count))
    head.integer(UInt64(row.entries.count))
    for (key, value) in row.entries { head.entry(key, value) }
    for (name, shape, type, offset) in row.tensors {
      head.tensor(name, shape: shape, type: type, offset: offset)
    }
    head.pad()
    var bytes = head.bytes + [UInt8](repeating: 0, count: 64)
    for (place, patch) in row.patch { bytes.replaceSubrange(place..<place + patch.count, with: patch) }
    try Golden.withFolder { folder in
      let path = folder + "/model.gguf"
      try Data(bytes).write(to: URL(filePath: path))
      guard !row.message.isEmpty else {
        #expect(try GGUFFile(path).tensor("two").shape == [8])
        return
      }
      let error = #expect(throws: CheckpointError.self) { try GGUFFile(path) }
      #expect(error?.message.contains(row.message) == true, "\(error?.message ?? "")")
    }
  }
}
