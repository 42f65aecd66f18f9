import ArgumentParser

/// The table of subcommands: a new one adds a file and a line here.
@main struct Assay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract: "Verifiers, a sandbox and a trainer: rewards that can be trusted, and GRPO on them.",
    discussion: """
      Examples:
        assay pipeline recipes/spark.yaml          the whole chain of DeepSeek-R1, small
        assay resume runs/spark                    goes on with a run that was interrupted
        assay train recipe.yaml --model MODEL      GRPO alone; so sft, harvest, eval
        assay score --input rows.jsonl --output verdicts.jsonl
        assay generate --model MODEL --prompt "What is 17 + 25?"
        assay doctor                               what this machine offers, and what is missing
      """,
    version: "0.1.0",
    subcommands: [
      PipelineCommand.self, ResumeCommand.self, SFTCommand.self, TrainCommand.self, HarvestCommand.self,
      EvalCommand.self, ScoreCommand.self, ServeCommand.self, VerifiersCommand.self, PluginCommand.self,
      ProblemsCommand.self, DashboardCommand.self, RolloutsCommand.self, RescoreCommand.self,
      GenerateCommand.self, ExportCommand.self, SandboxCommand.self, BenchCommand.self,
      DoctorCommand.self,
    ])
}
