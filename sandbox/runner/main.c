// sandbox-runner: reads requests from standard input, runs each program in a confined fork, writes what
// became of it to standard output. Started by the client (sandbox/client); not for use by hand.
//
//   sandbox-runner [--packages FOLDER]... [--preimport NAME,...] [--without LAYER]...
//
// A frame is a length (u32, little-endian) and so many bytes. The first frame out lists the layers of
// isolation. Request: mode, four u32 (cpu ms, wall ms, memory MiB, output KiB), then three texts, each with
// its u32 length. Response: kind (u8), status (i32), cpu µs (u64), then five texts: output, errors, result,
// times, name of the forbidden call. A byte 'X' while a program runs ends it.
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LISTED = 16 };

static bool read_exactly(void *to, size_t count) {
  char *at = to;
  while (count > 0) {
    ssize_t got = read(0, at, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= (size_t)got;
  }
  return true;
}

static bool read_text(buffer_t *text) {
  uint32_t count;
  if (!read_exactly(&count, sizeof count) || !buffer_reserve(text, count) || !read_exactly(text->bytes, count)) return false;
  text->length = count;
  return true;
}

static bool write_out(const char *from, size_t count) {
  while (count > 0) {
    ssize_t put = write(1, from, count);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from += put;
    count -= (size_t)put;
  }
  return true;
}

static bool append_text(buffer_t *to, const char *bytes, size_t length) {
  uint32_t count = (uint32_t)length;
  return buffer_append(to, &count, sizeof count) && buffer_append(to, bytes, length);
}

// One write for the whole answer.
static bool answer(const response_t *response, buffer_t *frame) {
  const buffer_t *texts[] = {&response->output, &response->errors, &response->result, &response->times};
  char *call = response->call >= 0 ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, response->call) : NULL;
  bool done = buffer_append(frame, &response->kind, 1) && buffer_append(frame, &response->status, 4) &&
              buffer_append(frame, &response->cpu_us, 8);
  for (int i = 0; i < 4; i++) done = done && append_text(frame, texts[i]->bytes, texts[i]->length);
  done = done && append_text(frame, call ? call : "", call ? strlen(call) : 0);
  free(call);
  return done && write_out(frame->bytes, frame->length);
}

static bool read_request(request_t *request) {
  uint32_t numbers[4];
  // A cancellation that came too late is left over from the last request.
  do {
    if (!read_exactly(&request->mode, 1)) return false;
  } while (request->mode == 'X');
  if (!read_exactly(numbers, sizeof numbers)) return false;
  request->cpu_ms = numbers[0];
  request->wall_ms = numbers[1];
  request->memory_mb = numbers[2];
  request->output_kb = numbers[3];
  return read_text(&request->program) && read_text(&request->first) && read_text(&request->cases);
}

int main(int count, char **arguments) {
  char *packages[LISTED + 1] = {NULL}, *without[LISTED + 1] = {NULL};
  const char *preimports = NULL;
  int package_count = 0, without_count = 0;
  for (int i = 1; i < count; i += 2) {
    char *value = i + 1 < count ? arguments[i + 1] : NULL;
    if (value && !strcmp(arguments[i], "--packages") && package_count < LISTED) packages[package_count++] = value;
    else if (value && !strcmp(arguments[i], "--without") && without_count < LISTED) without[without_count++] = value;
    else if (value && !strcmp(arguments[i], "--preimport")) preimports = value;
    else {
      fprintf(stderr, "sandbox-runner: %s is no option, lacks a value, or comes too often. See main.c.\n", arguments[i]);
      return 64;
    }
  }
  signal(SIGPIPE, SIG_IGN);
  close_range(3, ~0u, 0);
  start_python(packages, preimports);
  find_hot_pages();
  isolation_t isolation = {0};
  isolate_runner(&isolation, packages, without);
  char layers[256];
  describe_isolation(&isolation, layers, sizeof layers);
  buffer_t hello = {0};
  append_text(&hello, layers, strlen(layers));
  if (!write_out(hello.bytes, hello.length)) return 70;

  settle_pages();
  // A child of each kind waits, so that a request finds it ready; T only where tests have been asked for.
  child_t program = {0}, tests = {0};
  make_child(&program, &isolation, false);
  bool had_tests = false;
  request_t request = {0};
  response_t response = {0};
  buffer_t frame = {0};
  while (read_request(&request)) {
    response.kind = FAILED;
    response.call = -1;
    had_tests |= request.mode == 'T';
    if ((program.pid || make_child(&program, &isolation, false)) &&
        (request.mode != 'T' || tests.pid || make_child(&tests, &isolation, true)))
      supervise(&request, &isolation, &program, &tests, &response);
    bool sent = answer(&response, &frame);
    buffer_t *all[] = {&request.program, &request.first, &request.cases, &response.output, &response.errors,
                       &response.result, &response.times, &frame};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) buffer_clear(all[i]);
    if (!sent) return 70;
    // A scratch folder that can't be made new would hand one program's files to the next.
    if (!program.pid && !clean_scratch(&isolation)) {
      fprintf(stderr, "sandbox-runner: the scratch folder can't be made new: %s\n", strerror(errno));
      return 71;
    }
    if (!program.pid) make_child(&program, &isolation, false);
    if (had_tests && !tests.pid) make_child(&tests, &isolation, true);
  }
  return 0;
}
