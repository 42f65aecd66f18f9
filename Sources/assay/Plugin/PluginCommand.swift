import ArgumentParser
import Foundation
import Host
import VerifierKit

extension PluginTemplate.Language: ExpressibleByArgument {}

struct PluginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin", abstract: "Make, build, check and list verifiers of your own.",
    discussion: """
      Example:
        assay plugin new my-reward && assay plugin build plugins/my-reward && assay plugin check plugins/my-reward
      """,
    subcommands: [New.self, Build.self, Check.self, Bench.self, List.self])

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a folder with manifest, source, cases and a test.",
      discussion: "Example:\n  assay plugin new my-reward --language python")
    @Argument(help: "Letters, digits and dashes.") var name: String
    @Option(help: "swift, python or c.") var language = PluginTemplate.Language.swift
    @Option(help: "Where the folder is made.") var plugins = "plugins"

    func run() throws {
      guard name.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil else {
        throw ValidationError("“\(name)” is no name for a plugin. Use small letters, digits and dashes.")
      }
      let folder = URL(fileURLWithPath: plugins).appending(path: name)
      guard !FileManager.default.fileExists(atPath: folder.path) else {
        throw ValidationError("\(folder.path) exists. Choose another name.")
      }
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for file in PluginTemplate(name: name, language: language).files {
        let url = folder.appending(path: file.name)
        try file.text.write(to: url, atomically: true, encoding: .utf8)
        if file.name.hasSuffix(".sh") {
          try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
        }
      }
      print("Made \(folder.path). Next: assay plugin build \(folder.path)")
    }
  }

  struct Build: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compile plugins against VerifierKit, without building Assay again.",
      discussion: "Example:\n  assay plugin build plugins/concise-answer")
    @Argument(help: "Folders of plugins.", completion: .directory) var folders: [String]

    func run() throws {
      let builder = try PluginBuilder()
      for folder in folders {
        let started = ContinuousClock.now
        let library = try builder.build(try PluginFolder(URL(fileURLWithPath: folder)))
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        print("Built \(library.path) in \(String(format: "%.1f", seconds)) s")
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try plugins against their own cases and against completions that deserve nothing.",
      discussion:
        "Example:\n  assay plugin check plugins/concise-answer\nExit status 1 when one does not pass.")
    @Argument(help: "Folders of plugins.", completion: .directory) var folders: [String]

    @Option(name: .customLong("option"), help: "KEY=VALUE for the plugins. May be given several times.")
    var assignments: [String] = []

    func run() async throws {
      let options = try VerifierArgument("plugin:" + assignments.joined(separator: ",")).options
      var failed = false
      for folder in folders {
        let plugin = try Plugin(try PluginFolder(URL(fileURLWithPath: folder)), options: options)
        let report = try await PluginGate(plugin).run(cases: plugin.folder.cases)
        print(
          "\(plugin.description.name) \(plugin.description.version) (\(plugin.digest.prefix(12))): "
            + (report.passed ? "passes, \(report.cases) cases" : "does not pass"))
        for line in report.wrong { print("  wrong: \(line)") }
        for line in report.faults { print("  fault: \(line)") }
        for line in report.gameable { print("  gameable: \(line)") }
        failed = failed || !report.passed
      }
      if failed { throw ExitCode(1) }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the plugins of a folder.")
    @Option(help: "The folder.", completion: .directory) var plugins = "plugins"

    func run() throws {
      for folder in try PluginFolder.all(in: URL(fileURLWithPath: plugins)) {
        do {
          let plugin = try Plugin(folder)
          print(
            "\(plugin.description.name) \(plugin.description.version)  \(folder.manifest.language.rawValue), "
              + "\(folder.manifest.isolation.rawValue)  \(plugin.description.summary)")
        } catch {
          print("\(folder.manifest.name)  \(error.message)")
        }
      }
    }
  }
}
