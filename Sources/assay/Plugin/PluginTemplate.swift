import Host

/// What `assay plugin new` writes: the same small verifier in each language. It accepts a completion whose last
/// line is the reference, after a line of thought.
struct PluginTemplate {
  let name: String
  let language: Language

  enum Language: String, CaseIterable { case swift, python, c }

  var files: [(name: String, text: String)] {
    [("plugin.json", manifest), source, ("cases.jsonl", Self.cases), ("test.sh", Self.test)]
  }

  private var manifest: String {
    switch language {
    case .swift, .c: "{\"name\": \"\(name)\", \"language\": \"\(language.rawValue)\"}\n"
    case .python:
      """
      {
        "name": "\(name)", "language": "python", "version": "0.1.0", "licence": "Apache-2.0",
        "python": "python3", "deadline_seconds": 10, "memory_mb": 2048
      }

      """
    }
  }

  private var identifier: String { name.replacing("-", with: "_") }
  private var type: String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private var source: (name: String, text: String) {
    switch language {
    case .swift: ("\(type).swift", swift)
    case .python: ("\(identifier).py", python)
    case .c: ("\(identifier).c", c)
    }
  }

  private static let cases = """
    {"id": "right", "domain": "math", "prompt": "6 * 7", "reference": "42", "completion": "6 times 7\\n42", "expect": "accepted"}
    {"id": "wrong", "domain": "math", "prompt": "6 * 7", "reference": "42", "completion": "6 times 7\\n41", "expect": "rejected"}

    """

  private static let test = """
    #!/bin/sh
    # Builds the plugin and puts it through its gate: its own cases, and completions that deserve nothing.
    # ASSAY names the command where it is not on PATH.
    set -eu
    here=$(cd "$(dirname "$0")" && pwd)
    "${ASSAY:-assay}" plugin build "$here"
    "${ASSAY:-assay}" plugin check "$here"

    """

  private var swift: String {
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
          throw VerifierFault(reason: "bad-option", message: "There is no option “\\(key)”. Remove it.")
        }
      }

      func verify(_ completion: Completion, of problem: Problem) throws(VerifierFault) -> Verdict {
        guard let gold = problem.reference?.scalarText else {
          throw VerifierFault(
            reason: "unreadable-reference", message: "Problem \\(problem.id) has no reference. Add it.")
        }
        let lines = completion.text.split(whereSeparator: \\.isNewline)
        guard lines.count > 1, let last = lines.last else { return .rejected("no-answer") }
        return last == gold ? .accepted("equal") : .rejected("wrong-answer")
      }
    }

    """
  }

  private var python: String {
    """
    \"\"\"The last line is the reference, after a thought.

    The signature is verl's; one of TRL's form, `def reward(completions, answer, **kwargs)`, does as well.
    \"\"\"


    def compute_score(data_source, solution_str, ground_truth, extra_info=None):
        lines = solution_str.strip().splitlines()
        if len(lines) < 2:
            return {"score": 0.0, "pred": ""}
        return {"score": float(lines[-1] == str(ground_truth)), "pred": lines[-1]}

    """
  }

  private var c: String {
    """
    // Accepts a completion whose last line is the reference, after a thought.
    #include "VerifierABI.h"

    #include <string.h>

    static assay_text text(const char *s) { return (assay_text){s, strlen(s)}; }

    static void describe(void *context, assay_receive receive) {
      receive(context, text("{\\"name\\":\\"\(name)\\",\\"version\\":\\"0.1.0\\",\\"domains\\":[],\\"deterministic\\":true,"
                            "\\"cost\\":\\"micros\\",\\"licence\\":\\"Apache-2.0\\","
                            "\\"summary\\":\\"The last line is the reference.\\"}"));
    }

    static int instance;
    static void *create(assay_text options, void *context, assay_receive failed) {
      if (memchr(options.bytes, ':', options.length)) {
        failed(context, text("it has no options. Remove them."));
        return NULL;
      }
      return &instance;
    }

    static assay_verdict judge(const assay_sample *sample) {
      assay_text gold = sample->reference;
      // A string stands in quotation marks, a number alone.
      if (gold.length > 1 && gold.bytes[0] == '"') gold = (assay_text){gold.bytes + 1, gold.length - 2};
      const char *bytes = sample->completion.bytes;
      size_t length = sample->completion.length, start;
      for (start = length; start > 0 && bytes[start - 1] != '\\n'; start--) {}
      if (start < 2) return (assay_verdict){.status = ASSAY_REJECTED, .reason = text("no-answer")};
      int same = gold.length && length - start == gold.length && memcmp(bytes + start, gold.bytes, gold.length) == 0;
      return (assay_verdict){.status = same ? ASSAY_ACCEPTED : ASSAY_REJECTED,
                             .score = same,
                             .reason = text(same ? "equal" : "wrong-answer")};
    }

    static void score(void *self, const assay_sample *samples, size_t count, const assay_results *results) {
      (void)self;
      for (size_t i = 0; i < count; i++) {
        assay_verdict one = judge(&samples[i]);
        results->verdict(results->context, i, &one);
      }
    }

    static void cancel(void *self) { (void)self; }
    static void destroy(void *self) { (void)self; }

    static const assay_verifier_plugin_table table = {
        ASSAY_VERIFIER_ABI_VERSION, sizeof(assay_verifier_plugin_table), describe, create, score, cancel, destroy};

    const assay_verifier_plugin_table *assay_verifier_plugin(void) { return &table; }

    """
  }
}
