// The interface between Assay's host and a verifier in a shared library, version 1.
//
// A library exports one function, `assay_verifier_plugin`, which returns a table that lives as long as
// the library is loaded. All text is UTF-8 with an explicit length and no terminating zero; JSON has the
// forms of docs/plugins.md (a sample is a row with a completion, a verdict as in `assay score`).
//
// Ownership: whoever makes memory frees it; what is handed to a callback is valid only until it returns.
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

#define ASSAY_VERIFIER_ABI_VERSION 1u

// Text that somebody else owns.
typedef struct {
  const char *bytes;
  size_t length;
} assay_text;

// Takes what `create`, `describe` or `score` has to say: a JSON text, or one sentence about a fault.
typedef void (*assay_receive)(void *context, assay_text text);

// Takes the results of a batch: one call for each sample, in any order, `index` from 0.
typedef struct {
  void *context;
  // {"status": "accepted" | "rejected" | "abstained", "score": 0...1, "reason": "...", "details": {...}}
  void (*verdict)(void *context, size_t index, assay_text json);
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

  // Judges `count` samples, each a JSON object; returns when all results were given.
  void (*score)(void *instance, const assay_text *samples, size_t count, const assay_results *results);

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
