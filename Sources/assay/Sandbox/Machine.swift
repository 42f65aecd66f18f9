import ArgumentParser
import Foundation
import Glibc
import Trainer

/// A line that is seen at once, in a file too: what takes long is followed while it runs.
func say(_ line: String) { tell(line + "\n", on: .standardOutput) }

/// Which processors this process, and what it starts from here on, may use.
enum Cores {
  static func only(_ core: Int) throws { try set { $0 == core } }
  static func all() throws { try set { _ in true } }

  /// Glibc's module does not have it: its header is one of GNU's extensions.
  private typealias SetAffinity = @convention(c) (pid_t, Int, UnsafeRawPointer?) -> Int32

  private static func set(_ isWanted: (Int) -> Bool) throws {
    var mask = [UInt8](repeating: 0, count: 128)
    for core in 0..<(8 * mask.count) where isWanted(core) { mask[core / 8] |= 1 << UInt8(core % 8) }
    guard let symbol = dlsym(nil, "sched_setaffinity") else { return }
    let setAffinity = unsafeBitCast(symbol, to: SetAffinity.self)
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
      guard let thread = pid_t(name) else { continue }
      let status = mask.withUnsafeBytes { setAffinity(thread, $0.count, $0.baseAddress) }
      guard status == 0 || errno == ESRCH else {
        throw ValidationError("the processors can't be chosen: \(String(cString: strerror(errno)))")
      }
    }
  }
}

/// The plainest Python process, to compare with.
enum BarePython {
  static let path = ["/usr/bin/python3"].first { FileManager.default.isExecutableFile(atPath: $0) }

  static func run(_ path: String) throws {
    var pid: pid_t = 0
    let words: [String] = [path, "-I", "-S", "-c", "pass"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    guard posix_spawn(&pid, path, nil, nil, &arguments, &environment) == 0 else {
      throw ValidationError("\(path) can't be started.")
    }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
  }
}

/// What /proc says of processes.
enum ProcessFacts {
  static func children(of pid: pid_t) -> [pid_t] {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
    return text.split(separator: " ").compactMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// All threads' children of this process: the runners.
  static func runners() -> [pid_t] {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return threads.flatMap { thread -> [pid_t] in
      let text = (try? String(contentsOfFile: "/proc/self/task/\(thread)/children", encoding: .utf8)) ?? ""
      return text.split(separator: " ").compactMap {
        pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }
  }

  /// KiB in memory.
  static func resident(_ pid: pid_t) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
  }

  static func descriptors(_ pid: pid_t) -> Int? {
    try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
  }

  static func isZombie(_ pid: pid_t) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return text.split(separator: ")").last?.hasPrefix(" Z") == true
  }
}

/// The forks that wait for a program.
enum WaitingChildren {
  /// Of each: KiB that no other process shares.
  static func uniqueKiB() -> [Int] {
    ProcessFacts.runners().flatMap { ProcessFacts.children(of: $0) }.compactMap { pid in
      guard let text = try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8) else {
        return nil
      }
      let lines = text.split(separator: "\n").filter {
        $0.hasPrefix("Private_Clean") || $0.hasPrefix("Private_Dirty")
      }
      return lines.compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }.reduce(0, +)
    }
  }
}
