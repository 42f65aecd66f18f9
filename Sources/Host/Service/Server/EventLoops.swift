import NIOCore
import NIOPosix

/// Makes the event loops run Swift's tasks too, so that a request does not change threads between the socket and
/// its verdict: a tenth more requests a second, and a shorter tail.
///
/// To be called on the main thread, once, before anything is served. What blocks must not run in a task of its own
/// afterwards: workers, sandboxes and loading have threads of theirs.
public func runTasksOnEventLoops() {
  // Where the hook is taken already, tasks stay where they are: slower, and as right.
  _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
}
