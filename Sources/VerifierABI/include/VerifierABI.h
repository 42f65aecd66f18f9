// The interface between Assay's host and a verifier in a shared library, version 2.
//
// A library exports one function, `assay_verifier_plugin`, which returns a table that lives as long as
// the library is loaded. All text is UTF-8 with an explicit length and no terminating zero.
//
// Ownership: whoever makes memory frees it; what is handed to a function or a callback is valid only until
// it returns.
// Threads: `create` and `destroy` of one instance are called on one thread each; `score` of one instance
// may be called on several threads at once, and `cancel` on any thread while a `score` runs.
// Errors: the model's faults are verdicts; what is wrong with the judge goes to `fault`, and its sample
// leaves the group, unpaid and unpunished. No function may throw or longjmp across the interface.
#ifndef ASSAY_VERIFIER_ABI_H
#define ASSAY_VERIFIER_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// 1 handed samples and verdicts over as JSON; since 2 they are structures, and nothing is parsed on the way.
#define ASSAY_VERIFIER_ABI_VERSION 2u

// Text that somebody else owns. `bytes` is never null in what the host hands over.
typedef struct {
  const char *bytes;
  size_t length;
} assay_text;

// A named detail of a verdict.
typedef struct {
  assay_text name;
  assay_text value;
} assay_detail;

// One completion of one problem. Hidden tests are not in it. Empty text stands for what a row lacks.
typedef struct {
  assay_text id;
  assay_text domain;
  // What the policy saw; of a conversation, the messages' contents joined by blank lines.
  assay_text prompt;
  // A conversation as JSON, [{"role", "content"}, ...]; empty when the prompt is plain text.
  assay_text messages;
  assay_text completion;
  // "stop" or "length"; empty when the completion was not sampled here.
  assay_text finish_reason;
  // The gold answer as JSON: "42" in quotation marks is a string.
  assay_text reference;
  // BCP 47.
  assay_text language;
  // A JSON object.
  assay_text metadata;
} assay_sample;

#define ASSAY_REJECTED 0
#define ASSAY_ACCEPTED 1
// Nothing to say about this problem, whatever the completion.
#define ASSAY_ABSTAINED 2

typedef struct {
  // One of the three above.
  int32_t status;
  // In [0, 1].
  double score;
  // Short and machine-readable: "equal", "no-answer", ...
  assay_text reason;
  const assay_detail *details;
  size_t detail_count;
} assay_verdict;

// Takes what `create` or `describe` has to say: a JSON text, or one sentence about a fault.
typedef void (*assay_receive)(void *context, assay_text text);

// Takes the results of a batch: one call for each sample, in any order, `index` from 0; of several for one
// sample the first counts.
typedef struct {
  void *context;
  void (*verdict)(void *context, size_t index, const assay_verdict *verdict);
  // `reason` short and machine-readable, `message` one sentence that says what to do.
  void (*fault)(void *context, size_t index, assay_text reason, assay_text message);
} assay_results;

typedef struct {
  // ASSAY_VERIFIER_ABI_VERSION of the header that the plugin was built with; always the first field.
  uint32_t abi_version;
  // sizeof(assay_verifier_plugin_table) there.
  uint32_t table_size;

  // {"name", "version", "domains": [...], "deterministic": bool, "cost": "micros" | "millis" | "seconds",
  //  "licence", "summary"}
  void (*describe)(void *context, assay_receive receive);

  // An instance from its options, a JSON object. Null on failure, after one call of `failed`.
  void *(*create)(assay_text configuration, void *context, assay_receive failed);

  // Judges `count` samples; returns when all results were given.
  void (*score)(void *instance, const assay_sample *samples, size_t count, const assay_results *results);

  // Asks running `score` calls to return soon; samples without a result are faults. May do nothing.
  void (*cancel)(void *instance);

  void (*destroy)(void *instance);
} assay_verifier_plugin_table;

// The one symbol that a plugin exports.
#define ASSAY_VERIFIER_PLUGIN_SYMBOL "assay_verifier_plugin"
typedef const assay_verifier_plugin_table *(*assay_verifier_plugin_function)(void);

#ifdef __cplusplus
}
#endif

#endif
