import ArgumentParser
import VerifierKit

/// `NAME[:key=value,...]` as a command takes it.
struct VerifierArgument {
  var name: String
  var options: [String: JSONValue] = [:]

  init(_ text: String) throws(ValidationError) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard let name = parts.first else { throw ValidationError("--verifier is empty. Give a name.") }
    self.name = String(name)
    for pair in parts.dropFirst().first?.split(separator: ",") ?? [] {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2 else {
        throw ValidationError("--verifier \(text): “\(pair)” is no key=value.")
      }
      options[sides[0]] = (try? JSONValue(parsing: sides[1])) ?? .string(sides[1])
    }
  }
}
