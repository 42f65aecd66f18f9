/// A verifier that lives in a plugin: it says what it is, and is made from its options.
///
/// One line exports it:
/// ```swift
/// @_cdecl("assay_verifier_plugin")
/// public func plugin() -> UnsafeRawPointer { exportPlugin(MyVerifier.self) }
/// ```
public protocol PluginVerifier: DescribedVerifier {
  func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict
}

/// A plugin that has to wait for something else: `verify` is async.
public protocol AsyncPluginVerifier: DescribedVerifier {}

/// What both kinds have.
public protocol DescribedVerifier: Verifier {
  static var description: PluginDescription { get }

  /// - Parameter options: As the recipe gives them; an option that is not known is an error.
  init(options: [String: JSONValue]) throws(VerifierFault)
}

/// What a plugin says of itself.
public struct PluginDescription: Sendable, Hashable {
  public var name: String
  public var version: String
  /// Empty: any.
  public var domains: [String]
  /// Same sample, same verdict: its verdicts may be cached.
  public var isDeterministic: Bool
  /// Of one verdict.
  public var cost: Cost
  /// One line.
  public var summary: String
  /// SPDX.
  public var licence: String

  public enum Cost: String, Sendable, Hashable {
    case micros, millis, seconds
  }

  public init(
    name: String, version: String, domains: [String] = [], isDeterministic: Bool = true,
    cost: Cost = .micros, summary: String, licence: String
  ) {
    self.name = name
    self.version = version
    self.domains = domains
    self.isDeterministic = isDeterministic
    self.cost = cost
    self.summary = summary
    self.licence = licence
  }

  public var json: JSONValue {
    .object([
      "name": .string(name), "version": .string(version),
      "domains": .array(domains.map(JSONValue.string)), "deterministic": .bool(isDeterministic),
      "cost": .string(cost.rawValue),
      "summary": .string(summary), "licence": .string(licence),
    ])
  }

  /// Nil where name, version, summary or licence is missing.
  public init?(json: JSONValue) {
    guard let name = json["name"]?.string, let version = json["version"]?.string,
      let summary = json["summary"]?.string, let licence = json["licence"]?.string
    else { return nil }
    self.init(
      name: name, version: version, domains: (json["domains"]?.array ?? []).compactMap(\.string),
      isDeterministic: json["deterministic"]?.bool ?? false,
      cost: json["cost"]?.string.flatMap(Cost.init(rawValue:)) ?? .millis, summary: summary, licence: licence)
  }
}
