// The smallest plugin in C: accepts a completion in ASCII alone that thinks first and then answers once.
#include "VerifierABI.h"

#include <ctype.h>
#include <string.h>

static assay_text text(const char *s) { return (assay_text){s, strlen(s)}; }

static assay_verdict verdict(int status, const char *reason) {
  return (assay_verdict){.status = status, .score = status == ASSAY_ACCEPTED, .reason = text(reason)};
}

static void describe(void *context, assay_receive receive) {
  receive(context, text("{\"name\":\"ascii-only\",\"version\":\"1.0.0\",\"domains\":[],\"deterministic\":true,"
                        "\"licence\":\"Apache-2.0\",\"summary\":\"ASCII alone, with a thought and an answer.\"}"));
}

static int instance;
static void *create(assay_text configuration, void *context, assay_receive failed) {
  for (size_t i = 0; i < configuration.length; i++)
    if (configuration.bytes[i] == ':') {
      failed(context, text("it has no options. Remove them."));
      return NULL;
    }
  return &instance;
}

// Where `needle` begins in [p, end), or NULL.
static const char *find(const char *p, const char *end, const char *needle) {
  size_t n = strlen(needle);
  for (; p + n <= end; p++)
    if (memcmp(p, needle, n) == 0) return p;
  return NULL;
}

static assay_verdict judge(assay_text completion) {
  const char *start = completion.bytes, *end = start + completion.length;
  for (const char *p = start; p < end; p++)
    if ((unsigned char)*p > 127 || *p == 0) return verdict(ASSAY_REJECTED, "not-ascii");
  // Form first: one thought, then one answer.
  const char *close = find(start, end, "</think>");
  if (end - start < 7 || memcmp(start, "<think>", 7) != 0 || !close) return verdict(ASSAY_REJECTED, "no-thought");
  int letters = 0;
  for (const char *q = start + 7; q < close; q++) letters += isalnum((unsigned char)*q) != 0;
  if (letters < 2) return verdict(ASSAY_REJECTED, "no-thought");
  const char *answer = find(close, end, "Answer: ");
  if (!answer || find(answer + 8, end, "Answer:") || find(answer, end, " or "))
    return verdict(ASSAY_REJECTED, "no-answer");
  return answer + 8 < end && isalnum((unsigned char)answer[8]) ? verdict(ASSAY_ACCEPTED, "ascii")
                                                               : verdict(ASSAY_REJECTED, "no-answer");
}

static void score(void *self, const assay_sample *samples, size_t count, const assay_results *results) {
  (void)self;
  for (size_t i = 0; i < count; i++) {
    assay_verdict one = judge(samples[i].completion);
    results->verdict(results->context, i, &one);
  }
}

static void cancel(void *self) { (void)self; }
static void destroy(void *self) { (void)self; }

static const assay_verifier_plugin_table table = {
    ASSAY_VERIFIER_ABI_VERSION, sizeof(assay_verifier_plugin_table), describe, create, score, cancel, destroy};

const assay_verifier_plugin_table *assay_verifier_plugin(void) { return &table; }
