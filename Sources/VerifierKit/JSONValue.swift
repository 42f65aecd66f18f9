/// Any JSON, as it stands in a row: references and metadata keep the shape that their author gave them.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number without fraction or exponent that fits 64 bits.
  case integer(Int)
  /// One that does not fit: its digits, after a minus sign where it is negative.
  case bigInteger(String)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
}

extension JSONValue {
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .bigInteger(let digits): Double(digits)
    case .number(let value): value
    default: nil
    }
  }

  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// A scalar as a person would write it (`42`, `true`, `x + 1`); nil for null, arrays and objects.
  public var scalarText: String? {
    switch self {
    case .string(let value): value
    case .integer(let value): String(value)
    case .bigInteger(let digits): digits
    case .number(let value): String(value)
    case .bool(let value): String(value)
    case .null, .array, .object: nil
    }
  }

  public subscript(key: String) -> JSONValue? { object?[key] }
}

extension JSONValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .bigInteger(let digits): try container.encode(Double(digits) ?? .nan)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
