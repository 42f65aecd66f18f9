import Foundation
import Glibc
import VerifierKit

/// How a program ended, whatever it answered: an outcome, and a message for people.
struct Ending {
  let response: RunnerResponse
  let limits: CodeTests.Limits

  /// `accepted` says only that it ended by itself, with status 0.
  var outcome: ProgramOutcome { verdict.0 }
  var message: String { verdict.1 }

  private var verdict: (ProgramOutcome, String) {
    switch response.kind {
    case .cpuLimit: return (.timeLimit, "more than \(limits.cpuSeconds) s of processor time")
    case .wallLimit: return (.timeLimit, "more than \(limits.wallSeconds) s")
    case .outputLimit: return (.outputLimit, "more than \(limits.outputKB) KiB of output")
    case .memoryLimit: return (.memoryLimit, "more than \(limits.memoryMB) MiB")
    case .forbidden: return (.securityViolation, forbidden)
    case .cancelled, .failed, .ended: break
    }
    switch response.signal {
    case SIGSYS: return (.securityViolation, forbidden)
    case SIGXCPU: return (.timeLimit, "more than \(limits.cpuSeconds) s of processor time")
    case SIGXFSZ: return (.outputLimit, "a file beyond the limit")
    case SIGSEGV: return (.runtimeError, "ended by SIGSEGV: a broken pointer, or recursion without end in C")
    case let signal?: return (.runtimeError, "ended by signal \(signal)")
    case nil: break
    }
    // bootstrap.py chooses these.
    switch response.exitCode ?? 0 {
    case 0: return (.accepted, "")
    case 77: return (.memoryLimit, "more than \(limits.memoryMB) MiB")
    case 78: return (.syntaxError, explained)
    case 76: return (.runtimeError, explained)
    case let code: return (.runtimeError, "exit status \(code)")
    }
  }

  private var forbidden: String {
    response.call.isEmpty
      ? "a system call that the sandbox forbids"
      : "the system call \(response.call), which the sandbox forbids"
  }

  /// `TypeError: … (line 3)` from the last line of standard error, which bootstrap.py writes.
  private var explained: String {
    let errors = String(decoding: response.errors, as: UTF8.self)
    guard let line = errors.split(separator: "\n").last, let json = try? JSONValue(parsing: line),
      let type = json["type"]?.string
    else { return errors.shortened }
    return Self.explained(type: type, message: json["message"]?.string, line: json["line"]?.integer)
  }

  static func explained(type: String, message: String?, line: Int?) -> String {
    let text = message.map { "\(type): \($0)" } ?? type
    return (line ?? 0 > 0 ? "\(text) (line \(line ?? 0))" : text).shortened
  }
}

extension String {
  /// For a message: beginning and end of what is long.
  var shortened: String { count <= 200 ? self : prefix(120) + " … " + suffix(60) }
}
