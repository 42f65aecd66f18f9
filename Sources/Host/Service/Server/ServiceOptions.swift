/// How `assay serve` is set up.
public struct ServiceOptions: Sendable {
  public var host = "127.0.0.1"
  public var port = 8080
  /// Asked of every request but `/health` and `/ready`; nil: of none, and only loopback is bound.
  public var token: String?
  /// Certificate chain and private key, PEM files; nil: plain HTTP.
  public var certificate: String?
  public var privateKey: String?

  /// Bytes of one request's body; of one line, of a stream of lines.
  public var maxBodyBytes = 16 << 20
  /// Rows of one request; a stream of lines has no such limit.
  public var maxRows = 8192
  /// Rows that are being judged or wait for it, over all requests; what comes on top is answered 429.
  public var maxPendingRows = 16384
  /// Programs the same, through the routes that run them: each may take seconds.
  public var maxPendingPrograms = 2048
  /// Seconds that one request may take before it is answered 504.
  public var requestSeconds = 600.0

  public init() {}

  /// Whether nobody but this machine can reach it.
  public var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) || host.hasPrefix("127.") }
}
