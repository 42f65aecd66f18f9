public import Foundation
public import Host
import Synchronization
public import VerifierKit

/// The hosts that requests are judged by: the service's own, and one for each set of verifiers that a request
/// names, made when it is first asked for.
public final class Judges: Sendable {
  public let standard: VerifierHost
  private let folders: [URL]
  private let programs: any ProgramJudge
  private let made = Mutex<[String: VerifierHost]>([:])
  /// Sets of verifiers kept at most: each may hold a plugin's workers.
  private static let most = 64

  public init(standard: VerifierHost, pluginFolders: [URL], programs: any ProgramJudge) {
    self.standard = standard
    folders = pluginFolders
    self.programs = programs
  }

  /// - Parameter verifiers: `[{"name", "weight"?, "options"?}, ...]`; nil: the service's own.
  func host(for verifiers: JSONValue?) async throws(Refusal) -> VerifierHost {
    guard let verifiers, verifiers != .null else { return standard }
    let key = verifiers.text
    if let known = made.withLock({ $0[key] }) { return known }
    guard let items = verifiers.array, !items.isEmpty else {
      throw Refusal(.badRequest, "“verifiers” is a list of {“name”, “weight”, “options”}. Name at least one.")
    }
    var specifications: [RewardSpecification] = []
    for item in items {
      guard let name = item["name"]?.string ?? item.string else {
        throw Refusal(.badRequest, "“verifiers” holds something without “name”.")
      }
      let weight = item["weight"]?.double ?? 1
      guard weight >= 0, weight.isFinite else {
        throw Refusal(.badRequest, "The weight of “\(name)” is no number of at least 0.")
      }
      specifications.append(
        RewardSpecification(name: name, weight: weight, options: item["options"]?.object ?? [:]))
    }
    let host: VerifierHost
    do {
      host = try await VerifierHost.make(
        rewards: [VerifierHost.anyDomain: specifications], pluginFolders: folders, judge: programs)
    } catch {
      throw Refusal(.badRequest, (error as? VerifierFault)?.message ?? "\(error)")
    }
    return try made.withLock { made throws(Refusal) in
      if let known = made[key] { return known }
      guard made.count < Self.most else {
        throw Refusal(
          .badRequest,
          "More than \(Self.most) sets of verifiers were asked for. Start the service with a recipe.")
      }
      made[key] = host
      return host
    }
  }

  /// New versions of plugins, in all hosts.
  func refresh(say: @Sendable (String) -> Void) async throws {
    for host in [standard] + made.withLock({ Array($0.values) }) { try await host.takeNewVersions(say: say) }
  }

  var caches: [VerdictCache] { ([standard] + made.withLock { Array($0.values) }).map(\.cache) }
}
