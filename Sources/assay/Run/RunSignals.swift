import Foundation
import Synchronization
import Trainer

/// SIGINT and SIGTERM: the first asks the run to finish its step and save, the second ends the process at once.
///
/// A write beyond a limit of file size is an error like a full disk, not the end of the process; and nothing is the end of
/// a pipe that a person looked through, such as `| tee log`.
final class RunSignals: @unchecked Sendable {
  let stop = StopRequest()
  private let first = Atomic<Int32>(0)
  /// Written by `init` alone.
  private var sources: [any DispatchSourceSignal] = []

  init() {
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        guard first.exchange(number, ordering: .relaxed) == 0 else {
          tell("\nEnded at once: the last checkpoint stays.\n")
          _exit(128 + number)
        }
        stop.stop()
        tell("\nStopping: the run finishes what it is at, and saves. Once more ends it at once.\n")
      }
      source.resume()
      sources.append(source)
    }
  }

  /// 130 or 143, as a shell says it.
  var status: Int32 { 128 + first.load(ordering: .relaxed) }
}
