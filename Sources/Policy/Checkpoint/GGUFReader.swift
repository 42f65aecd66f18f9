/// A value of a GGUF file's metadata.
enum GGUFValue: Sendable {
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(String)
  case strings([String])
  case numbers([Double])
  /// Arrays of arrays, which no key in use here has.
  case other

  var int: Int? {
    switch self {
    case .int(let value): value
    default: nil
    }
  }

  var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  var strings: [String]? {
    switch self {
    case .strings(let values): values
    case .numbers(let values) where values.isEmpty: []
    default: nil
    }
  }

  var numbers: [Double]? {
    if case .numbers(let values) = self { values } else { nil }
  }
}

/// Walks over the head of a GGUF file; nothing is read beyond its end.
struct GGUFReader {
  private let file: MappedFile
  private(set) var position = 0

  init(_ file: MappedFile) { self.file = file }

  func error(_ what: String, at place: Int) -> CheckpointError {
    CheckpointError(
      file: file.path,
      message: "This is no valid GGUF file: at byte \(place), \(what). Fetch or convert the file again.")
  }

  private mutating func take(_ count: Int, _ what: String) throws(CheckpointError) -> UnsafeRawBufferPointer {
    guard count <= file.bytes.count - position else {
      throw error("\(what) needs \(count) bytes, the file ends at \(file.bytes.count)", at: position)
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: file.bytes[position..<position + count])
  }

  mutating func integer<T: FixedWidthInteger>(_: T.Type, _ what: String) throws(CheckpointError) -> T {
    T(littleEndian: try take(MemoryLayout<T>.size, what).loadUnaligned(as: T.self))
  }

  /// A number of things that take a byte each at least.
  mutating func count(_ what: String) throws(CheckpointError) -> Int {
    let place = position
    let count = try integer(UInt64.self, what)
    guard count <= UInt64(file.bytes.count - position) else {
      throw error("\(what) is \(count), more than the file can hold", at: place)
    }
    return Int(count)
  }

  mutating func string(_ what: String) throws(CheckpointError) -> String {
    let length = try count("the length of \(what)")
    let place = position
    guard let text = String(validating: try take(length, what), as: UTF8.self) else {
      throw error("\(what) is no UTF-8", at: place)
    }
    return text
  }

  mutating func value(of key: String) throws(CheckpointError) -> GGUFValue {
    let type = try integer(UInt32.self, "the type of \(key)")
    guard type == 9 else { return try scalar(type, key) }
    let elementType = try integer(UInt32.self, "the type of the elements of \(key)")
    let count = try count("the number of elements of \(key)")
    if elementType == 8 {
      var strings: [String] = []
      strings.reserveCapacity(count / 8)
      for _ in 0..<count { strings.append(try string("an element of \(key)")) }
      return .strings(strings)
    }
    if elementType == 9 {
      for _ in 0..<count { try skipArray(key, depth: 0) }
      return .other
    }
    var numbers: [Double] = []
    for _ in 0..<count {
      switch try scalar(elementType, key) {
      case .int(let value): numbers.append(Double(value))
      case .double(let value): numbers.append(value)
      case .bool(let value): numbers.append(value ? 1 : 0)
      default: throw error("\(key) has elements of type \(elementType)", at: position)
      }
    }
    return .numbers(numbers)
  }

  private mutating func skipArray(_ key: String, depth: Int) throws(CheckpointError) {
    guard depth < 8 else { throw error("\(key) is nested too deeply", at: position) }
    let type = try integer(UInt32.self, "the type of the elements of \(key)")
    let count = try count("the number of elements of \(key)")
    for _ in 0..<count {
      if type == 9 { try skipArray(key, depth: depth + 1) } else { _ = try scalar(type, key) }
    }
  }

  private mutating func scalar(_ type: UInt32, _ key: String) throws(CheckpointError) -> GGUFValue {
    switch type {
    case 0: return .int(Int(try integer(UInt8.self, key)))
    case 1: return .int(Int(try integer(Int8.self, key)))
    case 2: return .int(Int(try integer(UInt16.self, key)))
    case 3: return .int(Int(try integer(Int16.self, key)))
    case 4: return .int(Int(try integer(UInt32.self, key)))
    case 5: return .int(Int(try integer(Int32.self, key)))
    case 6: return .double(Double(Float(bitPattern: try integer(UInt32.self, key))))
    case 7: return .bool(try integer(UInt8.self, key) != 0)
    case 8: return .string(try string(key))
    case 10:
      let value = try integer(UInt64.self, key)
      return Int(exactly: value).map(GGUFValue.int) ?? .double(Double(value))
    case 11: return .int(Int(try integer(Int64.self, key)))
    case 12: return .double(Double(bitPattern: try integer(UInt64.self, key)))
    default: throw error("\(key) has the unknown type \(type)", at: position)
    }
  }
}
