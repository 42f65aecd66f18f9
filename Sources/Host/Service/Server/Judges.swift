public import Foundation
public import Host
import Synchronization
import Verifiers
public import VerifierKit

/// The hosts that requests are judged by: the service's own, and one for each set of verifiers that a request
/// names, made when it is first asked for.
public final class Judges: Sendable {
  public let standard: VerifierHost
  private let folders: [URL]
  private let programs: any ProgramJudge
  private struct Made {
    var hosts: [String: VerifierHost] = [:]
    /// The one asked for last comes last.
    var order: [String] = []
  }
  private let made = Mutex(Made())
  private let making = Mutex<[String: Task<VerifierHost, any Error>]>([:])
  /// Sets of verifiers kept at most, for each may hold a plugin's workers: what was not asked for longest goes.
  private static let most = 64

  public init(standard: VerifierHost, pluginFolders: [URL], programs: any ProgramJudge) {
    self.standard = standard
    folders = pluginFolders
    self.programs = programs
  }

  /// - Parameter verifiers: `[{"name", "weight"?, "options"?}, ...]`; nil: the service's own.
  func host(for verifiers: JSONValue?) async throws(Refusal) -> VerifierHost {
    guard let verifiers, verifiers != .null else { return standard }
    let specifications = try self.specifications(verifiers)
    let key = specifications.map { "\($0.name) \($0.weight) \(JSONValue.object($0.options).text)" }
      .joined(separator: "\n")
    if let known = look(up: key) { return known }
    // Of many who ask at once, one has it made: a plugin's worker may take seconds and memory to start.
    let task = making.withLock { making in
      if let known = making[key] { return known }
      if let known = look(up: key) { return Task { known } }
      let task = Task { [self, folders, programs, jobs = standard.concurrency] in
        // Taken out by the task alone, once the host is kept: those that come later find it there.
        defer { self.making.withLock { $0[key] = nil } }
        let host = try await VerifierHost.make(
          rewards: [VerifierHost.anyDomain: specifications], pluginFolders: folders, judge: programs,
          jobs: jobs)
        keep(host, key)
        return host
      }
      making[key] = task
      return task
    }
    do {
      return try await task.value
    } catch {
      throw Refusal(.badRequest, (error as? VerifierFault)?.message ?? "\(error)")
    }
  }

  private func keep(_ host: VerifierHost, _ key: String) {
    let gone = made.withLock { made -> VerifierHost? in
      let gone =
        made.order.count >= Self.most ? made.hosts.removeValue(forKey: made.order.removeFirst()) : nil
      made.hosts[key] = host
      made.order.append(key)
      return gone
    }
    // Its workers may take a moment to end, and nobody should wait for them.
    if let gone { DispatchQueue.global().async { withExtendedLifetime(gone) {} } }
  }

  private func look(up key: String) -> VerifierHost? {
    made.withLock { made in
      guard let known = made.hosts[key] else { return nil }
      if made.order.last != key {
        made.order.removeAll { $0 == key }
        made.order.append(key)
      }
      return known
    }
  }

  private func specifications(_ verifiers: JSONValue) throws(Refusal) -> [RewardSpecification] {
    guard let items = verifiers.array, !items.isEmpty, items.count <= 32 else {
      throw Refusal(.badRequest, "“verifiers” is a list of 1 to 32 {“name”, “weight”, “options”}.")
    }
    var specifications: [RewardSpecification] = []
    for item in items {
      let fields = Fields(value: item, place: "verifiers.", status: .badRequest)
      let named = item.string == nil ? try fields.text("name") : nil
      guard let name = item.string ?? named else {
        throw Refusal(.badRequest, "“verifiers” holds something without “name”.")
      }
      var weight = 1.0
      if let given = item["weight"], given != .null {
        guard let number = given.double, (0...1e6).contains(number) else {
          throw Refusal(.badRequest, "The weight of “\(name)” is no number from 0 to a million.")
        }
        weight = number
      }
      if specifications.contains(where: { $0.name == name }) {
        throw Refusal(.badRequest, "“\(name)” is named twice. Name each verifier once.")
      }
      specifications.append(
        RewardSpecification(name: name, weight: weight, options: try fields.object("options") ?? [:]))
    }
    return specifications
  }

  /// The problem under the domain that judges it where the row alone decides.
  static func routed(_ problem: Problem, in host: VerifierHost) -> Problem {
    guard host.components["reasoning-gym"] != nil, ReasoningGym.knows(problem) else { return problem }
    var problem = problem
    problem.domain = "reasoning-gym"
    return problem
  }

  /// New versions of plugins, in all hosts.
  func refresh(say: @Sendable (String) -> Void) async throws {
    for host in [standard] + made.withLock({ Array($0.hosts.values) }) {
      try await host.takeNewVersions(say: say)
    }
  }

  var caches: [VerdictCache] { ([standard] + made.withLock { Array($0.hosts.values) }).map(\.cache) }
}
