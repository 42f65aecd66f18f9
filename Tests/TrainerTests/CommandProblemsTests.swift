import Foundation
import Testing

@testable import Trainer

/// Rows by a shell, with this exit status.
private func recipe(_ script: String) throws -> Recipe {
  try Recipe(
    yaml: """
      tasks:
        - {generator: sums, weight: 2}
        - {name: made, command: [sh, -c, '\(script)'], weight: 3, domain: math}
      """)
}

@Suite("Tasks of a command") struct CommandProblemsTests {
  private let rows =
    "for i in 1 2 3 4 5 6 7 8 9; do echo {\\\"prompt\\\": \\\"what is $i\\\", \\\"answer\\\": \\\"$i\\\"}; done"

  @Test("its rows are problems, with the weight of the task")
  func read() throws {
    let recipe = try recipe(rows)
    let tasks = try recipe.generators(relativeTo: FileManager.default.temporaryDirectory)
    #expect(tasks.map(\.name) == ["sums", "made"] && recipe.weights(of: tasks) == [2, 3])
    let problem = tasks[1].problem(0, split: .train)
    #expect(problem.prompt.text.hasPrefix("what is ") && problem.domain == "math")
    #expect(try Recipe(yaml: try recipe.resolved()).tasks.map(\.command) == recipe.tasks.map(\.command))
  }

  @Test("status 69 leaves the task out, by name and reason; the others keep their weights")
  func unavailable() throws {
    var said: [String] = []
    let recipe = try recipe("echo no such package >&2; exit 69")
    let tasks = try recipe.generators(relativeTo: FileManager.default.temporaryDirectory) { said.append($0) }
    #expect(tasks.map(\.name) == ["sums"] && recipe.weights(of: tasks) == [2])
    #expect(said == ["Task made is left out: no such package"])
  }

  @Test("any other failure is an error with its place")
  func failure() throws {
    let error = #expect(throws: RecipeError.self) {
      try recipe("echo broken >&2; exit 3").generators(relativeTo: FileManager.default.temporaryDirectory)
    }
    #expect(error?.place == "line 3, tasks[1].command" && error?.message.contains("status 3: broken") == true)
  }
}
