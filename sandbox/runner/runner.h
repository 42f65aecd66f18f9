// The runner: one process that holds an initialised CPython, and forks a confined child for each program.
#ifndef ASSAY_RUNNER_H
#define ASSAY_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// --- isolate.c: what is done once, and what each child does to itself ---
typedef struct {
  bool user, mount, network, ipc, uts, pid, landlock, seccomp, rlimits;
  int proc_fd;      // /proc of the outer world, for run-queue delays; -1 without
  bool scratch;     // whether /scratch is writable
} isolation_t;

// Once, after CPython is initialised: namespaces, private root. Fills in what could be had.
void isolate_runner(isolation_t *isolation);
// In the child, before the program: limits, capabilities, Landlock, seccomp. Returns 0, or an errno.
int confine_child(const isolation_t *isolation, uint32_t cpu_seconds, uint64_t memory_bytes);
// A new scratch folder where the last program left something; false when that can't be had.
bool clean_scratch(const isolation_t *isolation);
// A list such as "rlimits,seccomp,landlock".
void describe_isolation(const isolation_t *isolation, char *text, size_t size);

// --- child.c: forks ---
typedef struct {
  char mode;  // 'S' stdio, 'C' call, 'T' tests
  uint32_t cpu_ms, wall_ms, memory_mb, output_kb;
  const char *program, *first, *second;  // stdin | function, arguments | specification; zero-terminated
  size_t program_length, first_length, second_length;
} request_t;

typedef struct {
  uint8_t kind;  // 0 ended, 1 CPU limit, 2 wall limit, 3 output limit, 255 the runner's own failure
  int32_t status;  // as waitpid gives it
  uint64_t cpu_us;
  char *output, *errors, *result;
  size_t output_length, errors_length, result_length;
} response_t;

// The child that gets the program; `link` is its end of the socket to T, or of the result pipe.
pid_t start_child(const request_t *request, const isolation_t *isolation, int stdin_fd, int stdout_fd,
                  int stderr_fd, int link_fd);
// The child that gets the tests.
pid_t start_tests(const request_t *request, const isolation_t *isolation, int link_fd, int report_fd);

// --- supervise.c ---
void supervise(const request_t *request, const isolation_t *isolation, response_t *response);

#endif
