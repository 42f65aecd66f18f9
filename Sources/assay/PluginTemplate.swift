/// What `assay plugin new` writes.
enum PluginTemplate {
  static func files(_ name: String) -> [(String, String)] {
    let type = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    return [
      ("plugin.json", "{\"name\": \"\(name)\", \"language\": \"swift\"}\n"),
      (
        "\(type).swift",
        """
        import VerifierKit

        @_cdecl("assay_verifier_plugin")
        public func plugin() -> UnsafeRawPointer { exportPlugin(\(type).self) }

        /// Accepts a completion whose last line is the reference, after a thought.
        struct \(type): PluginVerifier {
          static let description = PluginDescription(
            name: "\(name)", version: "0.1.0", summary: "The last line is the reference.",
            licence: "Apache-2.0")

          init(options: [String: JSONValue]) throws(VerifierFault) {
            if let key = options.keys.sorted().first {
              throw VerifierFault(reason: "bad-option", message: "There is no option “\\(key)”.")
            }
          }

          func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
            guard let gold = problem.reference?.scalarText else {
              throw VerifierFault(
                reason: "unreadable-reference", message: "Problem \\(problem.id) has no reference.")
            }
            let lines = completion.text.split(whereSeparator: \\.isNewline)
            guard lines.count > 1, let last = lines.last else { return .rejected("no-answer") }
            return last == gold ? .accepted("equal") : .rejected("wrong-answer")
          }
        }

        """
      ),
      (
        "cases.jsonl",
        """
        {"id": "right", "domain": "math", "prompt": "6 * 7", "reference": "42", "completion": "6 times 7\\n42", "expect": "accepted"}
        {"id": "wrong", "domain": "math", "prompt": "6 * 7", "reference": "42", "completion": "6 times 7\\n41", "expect": "rejected"}

        """
      ),
    ]
  }
}
