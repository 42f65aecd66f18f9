import Foundation

/// What programs could leave on this machine: processes below the runners, shared memory, files where anybody may write.
struct Residue {
  private var shared: Set<String>

  static func now() -> Residue { Residue(shared: sharedMemory().union(files())) }

  /// What is there now and was not before; processes below a runner beyond the two children that wait.
  func beyond(_ before: Residue, runners: [Int32]) -> [String] {
    var found = shared.subtracting(before.shared).sorted().map { "left \($0)" }
    let processes = Self.descendants(of: runners)
    if processes > 2 * runners.count { found.append("left \(processes - 2 * runners.count) processes") }
    return found
  }

  private static func descendants(of runners: [Int32]) -> Int {
    var parents: [Int: Int] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let pid = Int(name), let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let after = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[after...].split(separator: " ")
      // A zombie counts: nobody took its status.
      if fields.count > 2, let parent = Int(fields[2]) { parents[pid] = parent }
    }
    let roots = Set(runners.map { Int($0) })
    return parents.keys.count { pid in
      var at = pid
      for _ in 0..<64 {
        guard let parent = parents[at] else { return false }
        if roots.contains(parent) { return true }
        at = parent
      }
      return false
    }
  }

  /// System V segments, queues and semaphores.
  private static func sharedMemory() -> Set<String> {
    var found: Set<String> = []
    for kind in ["shm", "msg", "sem"] {
      let text = (try? String(contentsOfFile: "/proc/sysvipc/\(kind)", encoding: .utf8)) ?? ""
      for line in text.split(separator: "\n").dropFirst() {
        found.insert("\(kind) \(line.split(separator: " ").prefix(2).joined(separator: "/"))")
      }
    }
    return found
  }

  private static func files() -> Set<String> {
    var found: Set<String> = []
    for folder in ["/dev/shm", "/canary"] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
        found.insert("\(folder)/\(name)")
      }
    }
    return found
  }
}
