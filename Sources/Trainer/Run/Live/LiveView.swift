import Foundation
import Synchronization

/// A run on a terminal: a few lines that are drawn again with each row of metrics, and above them what stays. Where
/// standard error is no terminal, there are plain lines alone.
///
/// What stays goes to standard output, the view to standard error, so that a redirected output holds no escape
/// sequence and a redirected view holds no view.
public final class LiveView: Sendable {
  private struct State {
    var name = ""
    var figures = LiveFigures(stages: [])
    var activity: String?
    var warning: String?
    /// The lines on the terminal, without their escapes; empty when nothing is drawn.
    var drawn: [Int] = []
    var lastDrawn: Duration?
    var isClosed = false
  }

  /// Where the view goes, and what it looks like there.
  struct Screen: Sendable {
    var isTerminal: Bool
    var isColoured: Bool
    /// Asked before each drawing: a window may have been resized.
    var size: @Sendable () -> (width: Int, height: Int)
    var write: @Sendable (String) -> Void
    var say: @Sendable (String) -> Void
    var elapsed: @Sendable () -> Duration

    /// Standard error for the view.
    static func standard(say: @escaping @Sendable (String) -> Void) -> Screen {
      let environment = ProcessInfo.processInfo.environment
      let start = ContinuousClock.now
      return Screen(
        isTerminal: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb",
        isColoured: (environment["NO_COLOR"] ?? "").isEmpty, size: terminalSize,
        write: { tell($0) },
        say: say,
        elapsed: { ContinuousClock.now - start })
    }
  }

  private let screen: Screen
  private let state = Mutex(State())

  /// - Parameter say: Where lines go that stay, each with its newline; nil: to standard output.
  public convenience init(say: (@Sendable (String) -> Void)? = nil) {
    self.init(screen: .standard(say: say ?? { tell($0, on: .standardOutput) }))
  }

  init(screen: Screen) { self.screen = screen }

  /// - Parameters:
  ///   - recipe: whose stages and steps are shown.
  ///   - rows: of a run that goes on, what was before.
  public func begin(_ recipe: Recipe, rows: [MetricsRow] = []) {
    let stages = recipe.stages.map { stage -> LiveFigures.Stage in
      switch stage {
      case .grpo(let grpo): LiveFigures.Stage(name: grpo.name, steps: grpo.steps)
      case .sft(let sft):
        LiveFigures.Stage(
          name: sft.name,
          steps: sft.steps ?? (sft.source == .worked ? sft.stepCount(examples: sft.examples) : nil))
      case .harvest(let harvest): LiveFigures.Stage(name: harvest.name)
      }
    }
    state.withLock { state in
      state.name = recipe.name
      state.figures = LiveFigures(stages: stages)
      for row in rows { state.figures.take(row) }
    }
  }

  /// One row, as it goes to `metrics.jsonl`.
  public func take(_ row: MetricsRow) {
    state.withLock { state in
      state.figures.take(row)
      draw(&state, force: row["step_time"] == nil)
    }
  }

  /// A line that stays; it goes above the view. A warning, of a monitor too, is shown in it until the next.
  public func say(_ text: String) {
    let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
    state.withLock { state in
      if line.contains(#/(?i)^warning|^step \d+, monitor /#) { state.warning = line }
      erase(&state)
      screen.say(text + "\n")
      draw(&state, force: true)
    }
  }

  /// What goes on between two rows, in the view; without a terminal a plain line now and then.
  /// - Parameter isTold: Whether the rows say the same: then only its end is shown.
  public func progress(_ label: String, total: Int, isTold: Bool = false) -> Progress {
    guard screen.isTerminal else { return Progress(label, total: total) }
    let start = screen.elapsed()
    return Progress(
      label.trimmingCharacters(in: .whitespaces), total: total, isTerminal: false, width: 0,
      elapsed: { [screen] in screen.elapsed() - start }, pause: .milliseconds(100)
    ) { [weak self] line, isLast in
      guard let self else { return }
      let text = line.trimmingCharacters(in: .newlines)
      if isLast {
        state.withLock { $0.activity = nil }
        say("  " + text)
      } else if !isTold {
        state.withLock { state in
          state.activity = text
          self.draw(&state, force: false)
        }
      }
    }
  }

  /// Takes the view off the terminal; plain lines may follow.
  public func close() {
    state.withLock { state in
      erase(&state)
      state.isClosed = true
    }
  }

  private func draw(_ state: inout State, force: Bool) {
    guard screen.isTerminal, !state.isClosed, !state.figures.stage.isEmpty || state.activity != nil else {
      return
    }
    let now = screen.elapsed()
    if !force, let last = state.lastDrawn, now - last < .milliseconds(100) { return }
    state.lastDrawn = now
    let size = screen.size()
    // The last column stays free: some terminals wrap when it is written.
    let drawing = LiveScreen(
      width: max(20, size.width - 1), height: max(1, min(24, size.height - 1)), isColoured: screen.isColoured)
    let lines = drawing.lines(
      state.figures, name: state.name, activity: state.activity, warning: state.warning)
    erase(&state)
    screen.write(lines.map { $0 + "\n" }.joined())
    state.drawn = lines.map(visibleLength)
  }

  /// Goes back over what is drawn. In a window that has become narrower, its lines have wrapped since.
  private func erase(_ state: inout State) {
    guard !state.drawn.isEmpty else { return }
    let width = max(1, screen.size().width)
    let rows = state.drawn.reduce(0) { $0 + max(1, ($1 + width - 1) / width) }
    screen.write("\u{1B}[\(rows)A\r\u{1B}[J")
    state.drawn = []
  }
}

/// Characters of a line without its colours.
private func visibleLength(_ line: String) -> Int {
  line.replacing(/\u{1B}\[[0-9;]*m/, with: "").count
}

private func terminalSize() -> (width: Int, height: Int) {
  var size = winsize()
  guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
  return (Int(size.ws_col), Int(size.ws_row))
}
