import Foundation

/// One folder for all that a run of these tests makes on the way; it goes when the process ends.
enum TestFolder {
  private static let root: URL = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-tests-\(getpid())")
    atexit { try? FileManager.default.removeItem(at: TestFolder.root) }
    return folder
  }()

  /// A place below it that no other test has, not made yet.
  static func place() -> URL { root.appending(path: UUID().uuidString) }
}
