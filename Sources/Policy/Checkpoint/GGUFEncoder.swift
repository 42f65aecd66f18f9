/// The bytes of a GGUF file's head (specification: docs/gguf.md of ggml), version 3, little-endian: the other side
/// of `GGUFReader`.
struct GGUFEncoder {
  private(set) var bytes: [UInt8] = []

  /// Where tensors begin, in multiples of it: what readers assume where `general.alignment` is absent.
  static let alignment = 32

  static func padding(after count: Int) -> Int { (alignment - count % alignment) % alignment }

  mutating func integer(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func string(_ text: String) {
    integer(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// A key with its value, in the type that llama.cpp expects of it: sizes and ids are u32, numbers are f32.
  mutating func entry(_ key: String, _ value: Value) {
    string(key)
    switch value {
    case .size(let size):
      integer(UInt32(4))
      integer(UInt32(clamping: size))
    case .float(let number):
      integer(UInt32(6))
      integer(number.bitPattern)
    case .bool(let flag):
      integer(UInt32(7))
      integer(UInt8(flag ? 1 : 0))
    case .string(let text):
      integer(UInt32(8))
      string(text)
    case .strings(let texts):
      array(of: 8, count: texts.count)
      for text in texts { string(text) }
    case .kinds(let kinds):
      array(of: 5, count: kinds.count)
      for kind in kinds { integer(kind) }
    }
  }

  enum Value {
    case size(Int)
    case float(Float)
    case bool(Bool)
    case string(String)
    case strings([String])
    case kinds([Int32])
  }

  private mutating func array(of type: UInt32, count: Int) {
    integer(UInt32(9))
    integer(type)
    integer(UInt64(count))
  }

  /// - Parameters:
  ///   - shape: Outermost first; the file has the reverse.
  ///   - offset: From the first byte of the data.
  mutating func tensor(_ name: String, shape: [Int], type: UInt32, offset: Int) {
    string(name)
    integer(UInt32(shape.count))
    for extent in shape.reversed() { integer(Int64(extent)) }
    integer(type)
    integer(Int64(offset))
  }

  mutating func pad() { bytes.append(contentsOf: repeatElement(0, count: Self.padding(after: bytes.count))) }
}
