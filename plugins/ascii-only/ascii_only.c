// The smallest plugin in C: accepts a completion in ASCII alone that thinks first and then answers once. It
// reads the "completion" of a sample without a JSON library: `\u` escapes and bytes above 127 are what it
// looks for.
#include "VerifierABI.h"

#include <ctype.h>
#include <string.h>

static assay_text text(const char *s) { return (assay_text){s, strlen(s)}; }

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

static const char *judge(assay_text sample) {
  const char *end = sample.bytes + sample.length;
  const char *p = find(sample.bytes, end, "\"completion\":\"");
  if (!p) return NULL;
  p += strlen("\"completion\":\"");
  const char *start = p;
  for (; p < end && *p != '"'; p++) {
    if ((unsigned char)*p > 127) return "not-ascii";
    if (*p == '\\' && p + 1 < end) {
      if (p[1] == 'u') return "not-ascii";
      p++;
    }
  }
  // Form first: one thought, then one answer.
  const char *close = find(start, p, "</think>");
  if (p - start < 7 || memcmp(start, "<think>", 7) != 0 || !close) return "no-thought";
  int letters = 0;
  for (const char *q = start + 7; q < close; q++) letters += isalnum((unsigned char)*q) != 0;
  const char *answer = find(close, p, "Answer: ");
  if (letters < 2) return "no-thought";
  if (!answer || find(answer + 8, p, "Answer:") || find(answer, p, " or ")) return "no-answer";
  return isalnum((unsigned char)answer[8]) ? "ascii" : "no-answer";
}

static void score(void *self, const assay_text *samples, size_t count, const assay_results *results) {
  (void)self;
  for (size_t i = 0; i < count; i++) {
    const char *reason = judge(samples[i]);
    if (!reason)
      results->fault(results->context, i, text("bad-sample"), text("there is no completion in the sample."));
    else if (strcmp(reason, "ascii") == 0)
      results->verdict(results->context, i,
                       text("{\"status\":\"accepted\",\"score\":1,\"reason\":\"ascii\",\"details\":{}}"));
    else if (strcmp(reason, "not-ascii") == 0)
      results->verdict(results->context, i,
                       text("{\"status\":\"rejected\",\"score\":0,\"reason\":\"not-ascii\",\"details\":{}}"));
    else
      results->verdict(results->context, i,
                       text("{\"status\":\"rejected\",\"score\":0,\"reason\":\"no-answer\",\"details\":{}}"));
  }
}

static void cancel(void *self) { (void)self; }
static void destroy(void *self) { (void)self; }

static const assay_verifier_plugin_table table = {
    ASSAY_VERIFIER_ABI_VERSION, sizeof(assay_verifier_plugin_table), describe, create, score, cancel, destroy};

const assay_verifier_plugin_table *assay_verifier_plugin(void) { return &table; }
