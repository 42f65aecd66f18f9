import Foundation

/// The rows that a command writes to its standard output, as a task: generators in any language.
///
/// The command runs once, when the recipe is read for a run, in the recipe's folder. It must write the same rows each
/// time, or a resumed run is another one. Exit status 69 (EX_UNAVAILABLE of sysexits.h) says that something it needs is
/// not installed: the task is left out, by name.
enum CommandProblems {
  /// - Returns: Nil, and the last line of standard error, when the command says that it is not available.
  /// - Throws: A command that can't be run, or that fails.
  static func read(
    _ task: TaskRecipe, relativeTo folder: URL, seed: UInt64, say: (String) -> Void
  ) throws(RecipeError) -> FileProblems? {
    let place = "\(task.place).command"
    let files = FileManager.default
    let work = files.temporaryDirectory.appending(path: "assay-rows-\(UUID().uuidString)")
    defer { try? files.removeItem(at: work) }
    let (rows, errors) = (work.appending(path: "\(task.name).jsonl"), work.appending(path: "errors.txt"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = task.command
    process.currentDirectoryURL = folder
    do {
      try files.createDirectory(at: work, withIntermediateDirectories: true)
      for file in [rows, errors] { try Data().write(to: file) }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: rows)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
    } catch {
      throw RecipeError(place: place, message: "can't be run: \(error.localizedDescription)")
    }
    process.waitUntilExit()
    let said = ((try? String(contentsOf: errors, encoding: .utf8)) ?? "").split(separator: "\n").last ?? ""
    switch process.terminationStatus {
    case 0: break
    case 69:
      say("Task \(task.name) is left out: \(said)")
      return nil
    case let status:
      throw RecipeError(
        place: place,
        message: "“\(task.command.joined(separator: " "))” ended with status \(status): \(said)")
    }
    return try FileProblems(
      rows, name: task.name, domain: task.domain, options: task.options, seed: seed, place: task.place)
  }
}

extension Recipe {
  /// Weights of the tasks that are there, in the order of their generators.
  public func weights(of generators: [any ProblemGenerator]) -> [Double] {
    generators.map { generator in tasks.first { $0.name == generator.name }?.weight ?? 1 }
  }
}
