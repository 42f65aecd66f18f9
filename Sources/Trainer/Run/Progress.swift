import Foundation
import Synchronization

/// What a run is doing, on standard error: one line that is rewritten on a terminal; elsewhere a plain line
/// now and then.
public final class Progress: Sendable {
  private struct State {
    var lastShown: Duration?
    /// Whether a line stands on the terminal without its newline.
    var isOpen = false
  }

  private let label: String
  private let total: Int
  private let isTerminal: Bool
  private let width: Int
  private let elapsed: @Sendable () -> Duration
  private let pause: Duration
  /// Takes a text, and whether it stays.
  private let write: @Sendable (String, Bool) -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - label: the stage or task: `rl`, `evaluation`.
  ///   - total: steps until it is done; 0 when nobody knows.
  public convenience init(_ label: String, total: Int) {
    let start = ContinuousClock.now
    self.init(
      label, total: total, isTerminal: isatty(STDERR_FILENO) == 1, width: terminalWidth(),
      elapsed: { ContinuousClock.now - start },
      write: { text, _ in tell(text) })
  }

  /// - Parameter pause: Time between two lines; nil: a terminal shows ten lines a second, a log one in five seconds,
  ///   and the first and last.
  init(
    _ label: String, total: Int, isTerminal: Bool, width: Int, elapsed: @escaping @Sendable () -> Duration,
    pause: Duration? = nil, write: @escaping @Sendable (String, Bool) -> Void
  ) {
    self.label = label
    self.total = total
    self.isTerminal = isTerminal
    self.width = width
    self.elapsed = elapsed
    self.pause = pause ?? (isTerminal ? .milliseconds(100) : .seconds(5))
    self.write = write
  }

  /// - Parameters:
  ///   - done: steps that are done.
  ///   - note: the step's figures: `reward 0.42  kl 0.003`.
  public func update(_ done: Int, _ note: String = "") {
    let now = elapsed()
    let show = state.withLock { state in
      if let last = state.lastShown, now - last < pause, total == 0 || done < total { return false }
      state.lastShown = now
      state.isOpen = isTerminal
      return true
    }
    guard show else { return }
    let line = line(done, now, note)
    write(isTerminal ? "\r\u{1B}[K" + line.prefix(max(20, width - 1)) : line + "\n", false)
  }

  /// A line that stays, above what follows.
  public func log(_ text: String) {
    let wasOpen = state.withLock { state in
      defer { state.isOpen = false }
      return state.isOpen
    }
    write((wasOpen ? "\r\u{1B}[K" : "") + text + "\n", true)
  }

  /// Ends the updating line.
  public func finish(_ note: String = "") {
    log("\(label): done in \(clock(elapsed()))" + (note.isEmpty ? "" : "  \(note)"))
  }

  private func line(_ done: Int, _ now: Duration, _ note: String) -> String {
    var parts = [label]
    if total > 0 {
      parts.append("\(done)/\(total)")
      if isTerminal { parts.append(bar(Double(done) / Double(total))) }
    } else {
      parts.append("\(done)")
    }
    parts.append(clock(now))
    if total > 0, done > 0, done < total {
      parts.append("left \(clock(now * Double(total - done) / Double(done)))")
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: "  ")
  }

  private func bar(_ share: Double) -> String {
    let filled = Int((min(1, max(0, share)) * 16).rounded())
    return String(repeating: "█", count: filled) + String(repeating: "░", count: 16 - filled)
  }
}

/// `0:07`, `12:30`, `1:05:00`.
public func clock(_ duration: Duration) -> String {
  let seconds = Int(duration.components.seconds)
  let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
  let tail = String(format: "%02d", seconds % 60)
  return hours > 0 ? "\(hours):" + String(format: "%02d:", minutes) + tail : "\(minutes):" + tail
}

private func terminalWidth() -> Int {
  var size = winsize()
  guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
  return Int(size.ws_col)
}
