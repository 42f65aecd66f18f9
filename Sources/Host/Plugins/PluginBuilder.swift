public import Foundation
import Glibc
import VerifierKit

/// Compiles a plugin against VerifierKit, without building the package: VerifierKit is compiled once into a
/// cache, and linked into each plugin, whose library then exports one symbol and depends on no version of
/// Assay but that of the C interface.
public struct PluginBuilder: Sendable {
  /// The folder that holds `Sources/VerifierKit`.
  public let home: URL
  private let compiler: String

  /// - Parameter home: Nil: `ASSAY_HOME`, or the nearest folder above the executable that has the sources.
  public init(home: URL? = nil) throws(PluginError) {
    guard let found = home ?? Self.findHome() else {
      throw PluginError(
        plugin: "build", message: "Sources/VerifierKit is not found. Set ASSAY_HOME to Assay's folder.")
    }
    guard let compiler = findProgram("swiftc") else {
      throw PluginError(
        plugin: "build", message: "swiftc is not on PATH. Install the Swift toolchain, or add it to PATH.")
    }
    self.home = found
    self.compiler = compiler
  }

  static func findHome() -> URL? {
    var candidates: [URL] = []
    if let home = ProcessInfo.processInfo.environment["ASSAY_HOME"] {
      candidates.append(URL(fileURLWithPath: home))
    }
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    var folder = link.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
    while let here = folder, here.path != "/" {
      candidates.append(here)
      folder = here.deletingLastPathComponent()
    }
    candidates.append(URL(fileURLWithPath: FileManager.default.currentDirectoryPath))
    return candidates.first {
      FileManager.default.fileExists(atPath: $0.appending(path: "Sources/VerifierKit").path)
    }
  }

  /// Builds `folder`'s library and returns where it lies.
  public func build(_ folder: PluginFolder) throws(PluginError) -> URL {
    let name = folder.manifest.name
    let sources = folder.sources
    guard folder.manifest.language == .library || !sources.isEmpty else {
      throw PluginError(
        plugin: name, message: "there is no .\(folder.manifest.language.suffix) file in \(folder.url.path)."
      )
    }
    let output = folder.library
    let temporary = output.appendingPathExtension("new-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
      let exports = output.deletingLastPathComponent().appending(path: "exports.map")
      try "{ global: assay_verifier_plugin; local: *; };\n".write(
        to: exports, atomically: true, encoding: .utf8)
      let include = home.appending(path: "Sources/VerifierABI/include").path
      var result: (status: Int32, text: String)
      switch folder.manifest.language {
      case .swift:
        let kit = try kit()
        result = try runTool(
          compiler,
          [
            "-O", "-swift-version", "6", "-emit-library", "-module-name",
            name.replacing("-", with: "_"), "-I", kit.path, "-I", include, "-L", kit.path,
            "-lVerifierKit", "-Xlinker", "--version-script=\(exports.path)", "-Xlinker", "-Bsymbolic",
            "-o", temporary.path,
          ] + sources.map(\.path))
      case .python, .library:
        // Nothing to compile: what is named is what is loaded.
        guard FileManager.default.fileExists(atPath: output.path) else {
          throw PluginError(
            plugin: name, message: "there is no \(output.path). Name it in the manifest's “file”.")
        }
        return output
      case .rust:
        guard let rustc = findProgram("rustc") else {
          throw PluginError(plugin: name, message: "rustc is not on PATH. Install Rust, or add it to PATH.")
        }
        result = try runTool(
          rustc,
          [
            "--edition", "2021", "-O", "--crate-type", "cdylib", "-o", temporary.path,
            (sources.first { $0.lastPathComponent == "lib.rs" } ?? sources[0]).path,
          ])
      case .c:
        guard let cc = findProgram("clang") ?? findProgram("cc") else {
          throw PluginError(plugin: name, message: "there is neither clang nor cc on PATH.")
        }
        result = try runTool(
          cc,
          [
            "-O2", "-Wall", "-shared", "-fPIC", "-I", include,
            "-Wl,--version-script=\(exports.path)", "-o", temporary.path,
          ] + sources.map(\.path))
      }
      guard result.status == 0 else {
        throw PluginError(plugin: name, message: "it does not compile:\n\(result.text)")
      }
      guard rename(temporary.path, output.path) == 0 else {
        throw PluginError(plugin: name, message: "\(output.path) can't be written.")
      }
      return output
    } catch let error as PluginError {
      throw error
    } catch {
      throw PluginError(plugin: name, message: "building failed: \(error.localizedDescription)")
    }
  }

  /// Where the compiled VerifierKit of these sources and this compiler lies; compiles it when needed.
  private func kit() throws -> URL {
    let folder = home.appending(path: "Sources/VerifierKit")
    let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
    let header = home.appending(path: "Sources/VerifierABI/include/VerifierABI.h")
    let digests = try runTool(
      "/usr/bin/sha256sum", ["--"] + (sources + [header, URL(fileURLWithPath: compiler)]).map(\.path))
    let key = String(StableHash(digests.text).value, radix: 36)
    let place = home.appending(path: ".build/plugin-kit/\(key)")
    if FileManager.default.fileExists(atPath: place.appending(path: "libVerifierKit.a").path) {
      return place
    }
    let making = place.appendingPathExtension("new-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: making, withIntermediateDirectories: true)
    let result = try runTool(
      compiler,
      [
        "-O", "-wmo", "-swift-version", "6", "-enable-upcoming-feature", "InternalImportsByDefault",
        "-module-name", "VerifierKit", "-emit-module", "-emit-module-path",
        making.appending(path: "VerifierKit.swiftmodule").path, "-emit-library", "-static", "-I",
        header.deletingLastPathComponent().path, "-o", making.appending(path: "libVerifierKit.a").path,
      ] + sources.map(\.path))
    guard result.status == 0 else {
      throw PluginError(plugin: "VerifierKit", message: "it does not compile:\n\(result.text)")
    }
    // Whoever comes second finds the place taken, by the same content.
    if rename(making.path, place.path) != 0 { try? FileManager.default.removeItem(at: making) }
    return place
  }
}
