// Does to its worker, for every problem whose id ends in 3, what its option “mode” says; judges all others.
#include "VerifierABI.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static assay_text text(const char *s) { return (assay_text){s, strlen(s)}; }

static void describe(void *context, assay_receive receive) {
  receive(context, text("{\"name\":\"misbehaves\",\"version\":\"1.0.0\",\"domains\":[],\"deterministic\":true,"
                        "\"cost\":\"micros\",\"licence\":\"Apache-2.0\",\"summary\":\"Breaks its worker.\"}"));
}

static void *create(assay_text configuration, void *context, assay_receive failed) {
  (void)context, (void)failed;
  char *copy = malloc(configuration.length + 1);
  memcpy(copy, configuration.bytes, configuration.length);
  copy[configuration.length] = 0;
  return copy;
}

static void misbehave(const char *options) {
  if (strstr(options, "crash")) abort();
  if (strstr(options, "hang")) for (;;) pause();
  if (strstr(options, "eat")) {
    for (;;) {
      // Volatile, or the compiler sees that nobody reads it, and leaves all of it out.
      volatile char *block = malloc(16 << 20);
      if (!block) abort();
      for (size_t at = 0; at < 16 << 20; at += 4096) block[at] = 1;
    }
  }
  if (strstr(options, "garbage"))
    for (int fd = 3; fd < 32; fd++) (void)!write(fd, "\xff\xff\xff\x7f nonsense that is no frame", 32);
  if (strstr(options, "close")) {
    for (int fd = 3; fd < 32; fd++) close(fd);
    for (;;) pause();
  }
  if (strstr(options, "exit")) exit(0);
  if (strstr(options, "fork")) {
    // Children and their children, in sessions of their own, that hold the pipes and outlive everything.
    for (int i = 0; i < 3; i++)
      if (fork() == 0) {
        setsid();
        if (fork() == 0) setsid();
        execlp("sleep", "sleep", "98765", (char *)NULL);
        _exit(1);
      }
    abort();
  }
}

static void score(void *self, const assay_sample *samples, size_t count, const assay_results *results) {
  for (size_t i = 0; i < count; i++) {
    assay_text id = samples[i].id, completion = samples[i].completion;
    if (id.length && id.bytes[id.length - 1] == '3') misbehave(self);
    // Nothing earns but the word “good”: the gate's completions don't.
    int good = completion.length == 4 && memcmp(completion.bytes, "good", 4) == 0;
    assay_verdict one = {.status = good, .score = good, .reason = text(good ? "good" : "not-good")};
    results->verdict(results->context, i, &one);
  }
}

static void cancel(void *self) { (void)self; }
static void destroy(void *self) { free(self); }

static const assay_verifier_plugin_table table = {
    ASSAY_VERIFIER_ABI_VERSION, sizeof(assay_verifier_plugin_table), describe, create, score, cancel, destroy};

const assay_verifier_plugin_table *assay_verifier_plugin(void) { return &table; }
