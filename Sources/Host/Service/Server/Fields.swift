import HTTPTypes
import VerifierKit

/// The fields of an object that a request brings: absent and null are nil, another type than wanted is refused.
struct Fields {
  let value: JSONValue
  /// Where the object stands, for messages: `config.`.
  var place = ""
  var status = HTTPResponse.Status.unprocessableContent

  private func given(_ key: String) -> JSONValue? { value[key].flatMap { $0 == .null ? nil : $0 } }

  private func wrong(_ key: String, _ wanted: String) -> Refusal {
    Refusal(status, "“\(place)\(key)” is no \(wanted).")
  }

  func text(_ key: String) throws(Refusal) -> String? {
    guard let value = given(key) else { return nil }
    guard let text = value.string else { throw wrong(key, "text") }
    return text
  }

  func needed(_ key: String) throws(Refusal) -> String {
    guard let text = try text(key) else { throw wrong(key, "text") }
    return text
  }

  func flag(_ key: String) throws(Refusal) -> Bool? {
    guard let value = given(key) else { return nil }
    guard let flag = value.bool else { throw wrong(key, "true or false") }
    return flag
  }

  func whole(_ key: String) throws(Refusal) -> Int? {
    guard let value = given(key) else { return nil }
    guard let number = value.integer else { throw wrong(key, "whole number") }
    return number
  }

  /// Above 0 and at most `limit`.
  func seconds(_ key: String, upTo limit: Double = 600) throws(Refusal) -> Double? {
    guard let value = given(key) else { return nil }
    guard let number = value.double, number > 0, number <= limit else {
      throw wrong(key, "number of seconds above 0 and at most \(Int(limit))")
    }
    return number
  }

  func list(_ key: String) throws(Refusal) -> [JSONValue]? {
    guard let value = given(key) else { return nil }
    guard let items = value.array else { throw wrong(key, "list") }
    return items
  }

  func texts(_ key: String) throws(Refusal) -> [String]? {
    guard let items = try list(key) else { return nil }
    let texts = items.compactMap(\.string)
    guard texts.count == items.count else { throw wrong(key, "list of texts") }
    return texts
  }

  func object(_ key: String) throws(Refusal) -> [String: JSONValue]? {
    guard let value = given(key) else { return nil }
    guard let object = value.object else { throw wrong(key, "object") }
    return object
  }
}
