public import Foundation
public import VerifierKit
import Yams

/// Everything that a run depends on: seed, policy, tasks, rewards and the stages in their order.
///
/// Read from YAML; a key that is not known, a value out of range or two parts that contradict each other
/// are errors that name the line. `resolved()` writes it back with every default spelt out.
public struct Recipe: Sendable, Equatable, RecipeSection {
  public var name = ""
  public var seed = 0
  public var policy = PolicyRecipe()
  public var tasks: [TaskRecipe] = []
  /// By domain.
  public var rewards: [String: [RewardRecipe]] = [:]
  /// Folders with plugins, relative to the working directory.
  public var plugins: [String] = []
  /// Below this level of the sandbox, programs of completions are faults.
  public var isolation = IsolationLevel.container
  public var python = PythonRecipe()
  public var sampling = SamplingRecipe()
  public var systemPrompt: String?
  public var stages: [StageRecipe] = []
  public var evaluation = EvaluationRecipe()
  public var monitors = MonitorsRecipe()
  public var saving = SavingRecipe()
  public var runtime = RuntimeRecipe()

  public init() {}

  mutating func fields(_ section: inout Section) throws(RecipeError) {
    try section.text("name", &name)
    try section.integer("seed", &seed, .atLeast(0))
    try section.section("policy", &policy)
    try section.text("system_prompt", &systemPrompt)
    try section.list("tasks", &tasks)
    try section.lists("rewards", &rewards)
    try section.texts("plugins", &plugins)
    try section.choice("isolation", &isolation)
    try section.section("python", &python)
    try section.section("sampling", &sampling)
    try section.list("stages", &stages)
    try section.section("evaluation", &evaluation)
    try section.section("monitors", &monitors)
    try section.section("runtime", &runtime)
    try saving.fields(&section)
  }
}

extension Recipe {
  /// - Parameters:
  ///   - overrides: `a.b=c` each, in order, as `--set` takes them.
  /// - Throws: what is wrong first, with its place.
  public init(contentsOf file: URL, overrides: [String] = []) throws(RecipeError) {
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw RecipeError(place: file.path, message: "can't be read: \(error.localizedDescription)")
    }
    try self.init(
      yaml: text, file: file.lastPathComponent, overrides: overrides,
      standardName: file.deletingPathExtension().lastPathComponent)
  }

  /// - Parameters:
  ///   - file: the file's name, for messages.
  ///   - standardName: the run's name when the recipe gives none.
  public init(
    yaml: String, file: String = "", overrides: [String] = [], standardName: String = "run"
  ) throws(RecipeError) {
    var root: Node
    do {
      root = try Yams.compose(yaml: yaml) ?? Node([(Node, Node)]())
    } catch {
      throw RecipeError(place: file, message: "is no YAML: \(error)")
    }
    var paths: Set<String> = []
    for text in overrides {
      let path: String
      (root, path) = try Override(text).applied(to: root)
      paths.insert(path)
    }
    self = try Origin(file: file, overrides: paths).read(Recipe.self, root, at: "")
    try fillIn(standardName: standardName)
    try check(file: file)
  }

  /// YAML with every default spelt out, which reads as the same recipe.
  public func resolved() throws(RecipeError) -> String {
    var section = Section(writingAt: "")
    var copy = self
    try copy.fields(&section)
    do {
      return try Yams.serialize(node: section.node, width: 110, allowUnicode: true)
    } catch {
      throw RecipeError(place: name, message: "can't be written as YAML: \(error)")
    }
  }

  private mutating func fillIn(standardName: String) throws(RecipeError) {
    if name.isEmpty { name = standardName }
    for index in tasks.indices where tasks[index].name.isEmpty {
      let file = tasks[index].file.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      tasks[index].name = tasks[index].generator ?? file ?? "command-\(index + 1)"
    }
    for index in stages.indices where stages[index].name.isEmpty {
      let kind = stages[index].kind
      let before = stages[..<index].count { $0.kind == kind }
      stages[index] = stages[index].named(before == 0 ? kind : "\(kind)-\(before + 1)")
    }
  }

  /// What no section sees alone.
  private func check(file: String) throws(RecipeError) {
    if let name = repeated(tasks.map(\.name)) {
      throw RecipeError(place: file, message: "two tasks are called “\(name)”. Give each a name of its own.")
    }
    if let name = repeated(stages.map(\.name)) {
      throw RecipeError(place: file, message: "two stages are called “\(name)”. Give each a name of its own.")
    }
    guard !tasks.isEmpty || (!stages.isEmpty && stages.allSatisfy { !$0.needsTasks }) else {
      throw RecipeError(place: file, message: "there are no tasks. Add one under “tasks:”.")
    }
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }), name.first != "." else {
      throw RecipeError(
        place: file, message: "the name “\(name)” becomes a folder's: use letters, digits, “-”, “_” and “.”.")
    }
    for stage in stages
    where ["metrics", "timings", "contamination"].contains(stage.name) || stage.name.first == "."
      || !stage.name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
    {
      throw RecipeError(
        place: file,
        message:
          "the stage's name “\(stage.name)” becomes a file's: use letters, digits, “-”, “_” and “.”, and "
          + "not metrics, timings or contamination.")
    }
    if systemPrompt != nil, policy.template != .chat {
      throw RecipeError(
        place: file,
        message:
          "policy.template “\(policy.template.rawValue)” has no place for system_prompt. Drop one of them.")
    }
    var harvested = false
    for stage in stages {
      switch stage {
      case .harvest: harvested = true
      case .sft(let sft) where sft.source == .harvested && !harvested:
        throw RecipeError(
          place: file,
          message: "stage “\(sft.name)” trains on harvested samples, and no harvest stands before it.")
      default: break
      }
    }
    try checkBalance(file: file)
    if let task = tasks.first(where: { isUnrewarded($0) }), stages.contains(where: \.needsRewards) {
      throw RecipeError(
        place: file,
        message: "task “\(task.name)” is of the domain “\(domain(of: task) ?? "")”, which has no rewards. "
          + "Add them under “rewards:”.")
    }
    for (domain, list) in rewards.sorted(by: { $0.key < $1.key })
    where !list.contains(where: { $0.weight > 0 }) {
      throw RecipeError(place: file, message: "all rewards of “\(domain)” have the weight 0. Raise one.")
    }
    try evaluation.check(file: file, taken: Set(rewards.keys).union(tasks.compactMap { domain(of: $0) }))
  }

  /// What a run that begins could not mean, and one that began may go on with.
  func checkStages() throws(RecipeError) {
    for benchmark in evaluation.benchmarks { try checkSplit(of: benchmark) }
    for case .grpo(let grpo) in stages where grpo.overlongBufferLength > sampling.maxCompletionTokens {
      throw RecipeError(
        place: "stage \(grpo.name)",
        message: "overlong_buffer_len \(grpo.overlongBufferLength) is longer than a completion may be "
          + "(sampling.max_completion_tokens \(sampling.maxCompletionTokens)). Lower it.")
    }
  }

  /// Nil where only the file's rows know.
  private func domain(of task: TaskRecipe) -> String? {
    task.domain ?? taskTable.first { $0.name == task.generator }?.domain
  }

  private func isUnrewarded(_ task: TaskRecipe) -> Bool {
    domain(of: task).map { rewards.judges(of: $0).isEmpty } ?? false
  }

  private func repeated(_ names: [String]) -> String? {
    names.enumerated().first { names[..<$0.offset].contains($0.element) }?.element
  }
}

extension Recipe {
  /// The tasks' generators, in order.
  /// - Parameters:
  ///   - folder: what a relative `file` is relative to.
  ///   - say: told which tasks are left out because their command is not available.
  /// - Throws: an unknown generator or option, a file that can't be read, or a command that fails.
  public func generators(
    relativeTo folder: URL, say: (String) -> Void = { _ in }
  ) throws(RecipeError) -> [any ProblemGenerator] {
    var generators: [any ProblemGenerator] = []
    for task in tasks {
      if let generator = task.generator {
        generators.append(
          try GeneratedTask.make(
            generator: generator, name: task.name, domain: task.domain, style: task.style,
            options: task.options, seed: UInt64(seed), place: task.place))
      } else if let file = task.file {
        let rows = try FileProblems(
          folder.file(file), name: task.name, domain: task.domain,
          options: task.options, seed: UInt64(seed), place: task.place)
        generators.append(rows)
      } else if let made = try CommandProblems.read(task, relativeTo: folder, seed: UInt64(seed), say: say) {
        generators.append(made)
      }
    }
    if generators.isEmpty, !tasks.isEmpty {
      throw RecipeError(place: tasks[0].place, message: "no task is left. Install what its command needs.")
    }
    return generators
  }
}

extension Recipe {
  /// Of files, whose rows alone know their domains.
  /// - Throws: when nothing judges one of these.
  func checkRewards(of tasks: [any ProblemGenerator]) throws(RecipeError) {
    guard stages.contains(where: \.needsRewards) else { return }
    for case let rows as FileProblems in tasks {
      guard let domain = rows.domains.first(where: { rewards.judges(of: $0).isEmpty }) else { continue }
      let name = rows.name
      throw RecipeError(
        place: self.tasks.first { $0.name == name }?.place ?? "tasks",
        message:
          "“\(name)” holds problems of the domain “\(domain)”, which has no rewards. Add “domain: NAME” to the "
          + "task, or the domain under “rewards:”.")
    }
  }
}

extension URL {
  /// A file that a recipe names: below this folder, unless its path begins at the root.
  func file(_ path: String) -> URL { path.hasPrefix("/") ? URL(filePath: path) : appending(path: path) }
}
