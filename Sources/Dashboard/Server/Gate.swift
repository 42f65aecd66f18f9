import HTTPTypes
import VerifierKit

/// Who may ask: pages of other sites may not, nor names that lead here by a trick.
///
/// Without it, a page that someone visits could read the runs through their browser: under a name of its own that
/// resolves to this machine (DNS rebinding). A browser sends that name as the host; an address or localhost it sends
/// only where the person asked for it.
struct Gate: Sendable {
  private let bound: String
  /// What a request must bring, where others than this machine's can ask; nil: nothing.
  private let token: String?
  /// Name of the cookie that keeps it. Cookies know no ports: each dashboard of a host has one of its own.
  private let cookie: String

  init(boundTo host: String, token: String? = nil) {
    (bound, self.token) = (host.lowercased(), token)
    cookie = "assay-dashboard-" + String(StableHash(token ?? "").value, radix: 16)
  }

  /// Whether the request brings the token: as the cookie that the page's address leaves, or as a tool's bearer.
  func admits(cookies: [String], authorization: String?) -> Bool {
    guard let token else { return true }
    if let authorization, authorization.hasPrefix("Bearer "), Self.isEqual(authorization.dropFirst(7), token)
    {
      return true
    }
    return cookies.contains { line in
      line.split(separator: ";").contains { part in
        let kept = part.drop { $0 == " " }
        return kept.hasPrefix(self.cookie + "=")
          && Self.isEqual(kept.dropFirst(self.cookie.count + 1), token)
      }
    }
  }

  /// `Set-Cookie` for who comes with the right token in the address; nil for anybody else.
  func cookie(for given: String?) -> String? {
    guard let token, let given, Self.isEqual(given[...], token) else { return nil }
    // Lax: a link that is followed from elsewhere brings it; what other sites' pages ask for is refused besides.
    return "\(cookie)=\(token); Path=/; HttpOnly; SameSite=Lax"
  }

  /// In a time that says nothing of where they differ.
  private static func isEqual(_ given: Substring, _ token: String) -> Bool {
    guard given.utf8.count == token.utf8.count else { return false }
    return zip(given.utf8, token.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Whether the request's host is one that can't be another's name.
  func admits(host authority: String?) -> Bool {
    guard let name = Self.name(of: authority) else { return false }
    return name == "localhost" || name == bound || Self.isAddress(name)
  }

  /// Whether the browser says that another site asks. Tools say nothing.
  func admits(site: String?) -> Bool {
    site == nil || site == "same-origin" || site == "none"
  }

  /// `localhost:6007` → `localhost`, `[::1]:6007` → `::1`.
  private static func name(of authority: String?) -> String? {
    guard let authority = authority?.lowercased(), !authority.isEmpty else { return nil }
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      return String(authority[authority.index(after: authority.startIndex)..<end])
    }
    return authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first.map(
      String.init)
  }

  private static func isAddress(_ name: String) -> Bool {
    if name.contains(":") { return name.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { Int($0).map { (0...255).contains($0) } ?? false }
  }

  /// Of every answer: nothing but the page's own files runs in it, and nobody else may read or frame it.
  static let headers: HTTPFields = {
    var headers = HTTPFields()
    headers[.contentSecurityPolicy] =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    headers[.xContentTypeOptions] = "nosniff"
    headers[.cacheControl] = "no-store"
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
    ] {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    return headers
  }()
}
