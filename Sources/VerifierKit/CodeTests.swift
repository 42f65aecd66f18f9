/// The tests of a code problem. A verdict comes from these, never from the program's own word.
public struct CodeTests: Sendable, Hashable {
  public var kind: Kind
  public var limits: Limits
  public var comparison: Comparison
  /// Whether the first test that is not passed ends the run: all or nothing needs no more.
  public var stopsEarly: Bool

  public init(
    kind: Kind, limits: Limits = Limits(), comparison: Comparison = .exact, stopsEarly: Bool = false
  ) {
    self.kind = kind
    self.limits = limits
    self.comparison = comparison
    self.stopsEarly = stopsEarly
  }

  public enum Kind: Sendable, Hashable {
    /// MBPP: statements run after `setup`, each an `assert` on the program's functions.
    case assert(setup: String, asserts: [String])
    /// HumanEval: `test` defines `check(candidate)`; `prompt` holds helpers that the test may need.
    case check(test: String, entryPoint: String, prompt: String)
    /// `function` or `Class.method`, called with each case's arguments.
    case call(function: String, cases: [CallCase])
    /// A whole program: reads standard input, writes standard output. The optional checker is Python that
    /// defines `check(input, expected, output) -> bool`.
    case stdio(cases: [StdioCase], checker: String?)
  }

  public struct CallCase: Sendable, Hashable {
    public var arguments: [JSONValue]
    public var expected: JSONValue
    /// Another result that is right too: rows of APPS wrap each result in a list, or don't.
    public var alternative: JSONValue?

    public init(arguments: [JSONValue], expected: JSONValue, alternative: JSONValue? = nil) {
      self.arguments = arguments
      self.expected = expected
      self.alternative = alternative
    }
  }

  public struct StdioCase: Sendable, Hashable {
    public var stdin: String
    public var stdout: String
    public init(stdin: String, stdout: String) {
      self.stdin = stdin
      self.stdout = stdout
    }
  }

  /// Of one program over all its tests, unless a field says otherwise.
  public struct Limits: Sendable, Hashable {
    /// Seconds of processor time, a test.
    public var cpuSeconds: Double
    /// Seconds of wall time, a test, less the time spent waiting for a processor.
    public var wallSeconds: Double
    /// MiB of address space beyond the interpreter's own.
    public var memoryMB: Int
    /// KiB of standard output and standard error together, a test.
    public var outputKB: Int

    public init(
      cpuSeconds: Double = 3, wallSeconds: Double = 6, memoryMB: Int = 256, outputKB: Int = 1024
    ) {
      self.cpuSeconds = cpuSeconds
      self.wallSeconds = wallSeconds
      self.memoryMB = memoryMB
      self.outputKB = outputKB
    }
  }

  public enum Comparison: Sendable, Hashable {
    /// Values equal by type and content; text equal but for trailing blanks of lines and final newlines.
    case exact
    /// Text only: the same tokens between white space.
    case tokens
    /// Numbers within `absolute` or `relative` of the expected value; all else exact.
    case float(absolute: Double, relative: Double)
    /// Text only: the same JSON value, numbers that are not whole within `absolute`; not ordered: the outermost
    /// list may have its elements in any order.
    case json(absolute: Double, isOrdered: Bool)
  }
}
