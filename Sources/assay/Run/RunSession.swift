import ArgumentParser
import Foundation
import Host
import Policy
import Trainer
import VerifierKit

/// One run of a pipeline from the command line: lines to the terminal, signals, and what a failure says.
struct RunSession {
  let json: Bool
  let signals = RunSignals()
  private let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)

  static let exitStatuses = """
    Exit status: 0 done; 130 after SIGINT and 143 after SIGTERM: stopped and saved; 1 the run failed, and \
    says how to go on; 65 the recipe or its files can't be used; 64 wrong usage.
    """

  private let view: LiveView

  init(json: Bool) {
    self.json = json
    view = json ? LiveView { tell($0) } : LiveView()
  }

  /// A line for a person.
  @Sendable func say(_ line: String) { view.say(line) }

  /// Reads and checks what a recipe names, without training.
  func check(_ recipe: Recipe, called name: String) async throws {
    try await judged {
      _ = try await VerifierHost.make(recipe, relativeTo: here)
      for line in try recipe.checkProblems(relativeTo: here, say: { say($0) }) { say(line) }
      let model = recipe.policy.model
      guard model == "spark" || FileManager.default.fileExists(atPath: model) else {
        throw RecipeError(
          place: "policy.model", message: "there is no \(model). Give a GGUF file or a Hugging Face folder.")
      }
      say("\(name): in order.")
    }
  }

  /// A new run of the recipe; returns its folder.
  @discardableResult
  func start(_ recipe: Recipe, in runs: String) async throws -> RunFolder {
    try await judged {
      let host = try await VerifierHost.make(recipe, relativeTo: here)
      let policy = try PolicySource(recipe)
      return try await run(
        try Pipeline(
          recipe: recipe, policy: policy, rewarder: host,
          reviewer: try await VerifierHost.reviewer(for: recipe), recipeFolder: here,
          runs: URL(fileURLWithPath: runs), stop: signals.stop, say: say))
    }
  }

  /// Goes on with a run that was interrupted.
  /// - Parameters:
  ///   - recipe: must be the run's but for `overrides`; nil: the run's own with them.
  ///   - checkpoint: the step to go back to; nil: the last good one.
  func resume(
    _ path: String, recipe: Recipe? = nil, overrides: [String] = [], checkpoint: Int? = nil
  ) async throws {
    try await judged {
      let run = try ResumedRun(
        URL(fileURLWithPath: path), recipe: recipe, overrides: overrides, step: checkpoint, say: say)
      if run.isFinished {
        say("\(run.folder.name) is finished: \(run.folder.report.path). To train on, change it with --set.")
        if json { print(try summary(of: run.folder)) }
        return
      }
      let host = try await VerifierHost.make(run.recipe, relativeTo: here)
      try await self.run(
        try Pipeline(
          resuming: run, rewarder: host, reviewer: try await VerifierHost.reviewer(for: run.recipe),
          recipeFolder: here, stop: signals.stop, say: say))
    }
  }

  @discardableResult
  private func run(_ pipeline: Pipeline) async throws -> RunFolder {
    pipeline.view = view
    do {
      defer { view.close() }
      let folder = try await pipeline.run()
      if json { print(try summary(of: folder)) }
      return folder
    } catch let stopped as RunStopped {
      say("\n\(stopped)")
      throw ExitCode(signals.status)
    } catch {
      let folder = pipeline.folder
      var message = "\nError: \(error)\n"
      if let step = folder.lastCheckpoint {
        message +=
          "What was trained up to step \(step) is saved. When the cause is mended: assay resume \(folder.url.path)\n"
          + "A value of the recipe is changed with --set there, as in: --set stages.NAME.grpo.learning_rate=1e-6\n"
      } else {
        message += "Nothing was saved yet. When the cause is mended: assay resume \(folder.url.path)\n"
      }
      tell(message)
      throw ExitCode(1)
    }
  }

  /// Errors of recipes and files before a run begins, with their exit status.
  private func judged<T>(_ body: () async throws -> T) async throws -> T {
    do {
      return try await body()
    } catch let error as ExitCode {
      throw error
    } catch {
      tell("Error: \(error)\n")
      throw ExitCode(error is RecipeError || error is VerifierFault || error is CheckpointError ? 65 : 1)
    }
  }

  /// The recipe of a file, or what is wrong with it.
  static func recipe(_ file: String, overrides: [String]) throws -> Recipe {
    do {
      return try Recipe(contentsOf: URL(fileURLWithPath: file), overrides: overrides)
    } catch {
      tell("Error: \(error)\n")
      throw ExitCode(65)
    }
  }

  private func summary(of folder: RunFolder) throws -> String {
    let rows = try MetricsLog.rows(of: folder.metrics)
    func object(_ row: MetricsRow?) -> JSONValue {
      row.flatMap { try? JSONValue(parsing: $0.json) } ?? .null
    }
    let checkpoint = folder.lastCheckpoint.map { folder.checkpoint(step: $0).path }
    return JSONValue.object([
      "run": .string(folder.url.path), "step": .integer(rows.last?.step ?? 0),
      "checkpoint": checkpoint.map(JSONValue.string) ?? .null,
      "last": object(rows.last { row in !row.values.keys.contains { $0.hasPrefix("eval") } }),
      "evaluation": object(rows.last { row in row.values.keys.contains { $0.hasPrefix("eval") } }),
    ]).text
  }
}
