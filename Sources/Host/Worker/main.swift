// One plugin in a process of its own, under a supervisor (Sources/Host/Supervisor).
//
//     plugin-worker MEMORY_MB native LIBRARY OPTIONS
//     plugin-worker MEMORY_MB python INTERPRETER FILE SETTINGS
//
// Requests come on standard input and answers go to standard output, frames both: a length of four bytes,
// the least significant first, then JSON (docs/plugins.md). What the plugin itself prints goes to standard
// error.

import CSupervisor
import Glibc
import PluginLoading
import VerifierKit

let arguments = CommandLine.arguments
guard arguments.count >= 5, let memory = Int(arguments[1]) else {
  print("plugin-worker is started by assay, not by hand. See `assay plugin --help`.")
  exit(64)
}
assay_supervise(memory)
let requests = dup(0)
let answers = dup(1)
let nothing = open("/dev/null", O_RDONLY)
dup2(nothing, 0)
dup2(2, 1)
close(nothing)

switch arguments[2] {
case "python":
  let script = String(decoding: PackageResources.python_worker_py, as: UTF8.self)
  let words =
    [arguments[3], "-c", script, String(requests), String(answers)] + Array(arguments[4...])
  var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  execvp(arguments[3], &pointers)
  let sentence = "\(arguments[3]) can't be started: \(String(cString: strerror(errno))). "
  Frames(requests, answers).write(
    .object(["failed": .string(sentence + "Name a Python in the manifest's “python”.")]))
  exit(1)
default:
  NativeWorker(frames: Frames(requests, answers)).run(library: arguments[3], options: arguments[4])
}
