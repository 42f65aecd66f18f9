// The runner: one process that holds an initialised CPython, and forks a confined child for each program.
#ifndef ASSAY_RUNNER_H
#define ASSAY_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// --- buffers.c ---
typedef struct {
  char *bytes;
  size_t length, capacity;
} buffer_t;
// Room for so many bytes in all; false when there is no memory for it.
bool buffer_reserve(buffer_t *buffer, size_t capacity);
bool buffer_append(buffer_t *to, const void *from, size_t count);
void buffer_clear(buffer_t *buffer);

// --- python.c ---
// Starts CPython and imports what programs use most; `packages` (each a folder, NULL at the end) go to the end
// of sys.path, `preimports` is a comma-separated list or NULL. Ends the process where that fails.
void start_python(char **packages, const char *preimports);
// Of sys.path; NULL at the end.
char **library_folders(void);

// --- pages.c ---
// After all that is done once, before the first program's fork.
void settle_pages(void);

// --- hotpages.c ---
void find_hot_pages(void);
// In a child.
void take_hot_pages(void);

// --- isolate.c: what is done once ---
typedef struct {
  bool user, mount, network, ipc, uts, pid, landlock, seccomp, notify;
  bool scratch;       // whether /scratch is writable
  int proc_fd;        // /proc of the outer world: run-queue delays, resident sizes; -1 without
  uint64_t space;     // bytes of address space of the runner itself; children's limits count from there
  uint64_t resident;  // bytes of it in memory
} isolation_t;

// Once, after CPython is initialised: namespaces, a private root. Leaves out the layers named in `without` (NULL
// at the end), for a look at what holds without them.
void isolate_runner(isolation_t *isolation, char **packages, char **without);
// A list such as "rlimits,seccomp,landlock".
void describe_isolation(const isolation_t *isolation, char *text, size_t size);
// A new scratch folder where the last program left something; false when that can't be had.
bool clean_scratch(const isolation_t *isolation);
// Tries something in a throw-away child: 0 says that it can be had.
bool can(int (*attempt)(const void *), const void *with);

// --- confine.c: what each child does to itself ---
// Descriptors beyond the limit of open files, so that a program can't have them again: what hands others over,
// closed before a program starts; the Landlock rules.
enum { OPEN_FILES = 64, HANDOVER = 100, RULES = 101 };
// Compiles the filters and the Landlock rules that children load; tries them out, and notes what works.
void prepare_confinement(isolation_t *isolation, char **without);
// New rules for a new scratch folder.
bool renew_files(const isolation_t *isolation);
void allow_folder(const char *path);
// In the child: limits, capabilities, Landlock, seccomp. Returns 0, or an errno. Where `listener` is given it
// becomes the descriptor that tells of forbidden calls, or -1.
int confine_child(const isolation_t *isolation, int *listener);

// --- child.c: forks ---
typedef struct {
  pid_t pid;     // 0: there is none
  int pidfd;     // readable at its end
  int clock;     // of its processor time
  int link;      // a socket: takes the request, gives results
  int out, err;  // of the program; -1 for T
  int input;     // a memory file, the program's standard input; -1 for T
  int listener;  // of forbidden calls; -1 without
} child_t;

// Forks a confined child that waits for its request: U for a program, T for tests. False when that fails.
bool make_child(child_t *child, const isolation_t *isolation, bool tests);
// Whether it could confine itself; takes over its listener.
bool await_child(child_t *child);
// Sends a descriptor along a socket.
bool hand_over(int socket, int fd);
// Ends it if it still runs, closes what belongs to it. Its status and times go where asked.
struct rusage;
void end_child(child_t *child, int *status, struct rusage *usage);

// --- supervise.c ---
typedef struct {
  char mode;  // 'S' stdio, 'C' call, 'T' tests
  uint32_t cpu_ms, wall_ms, memory_mb, output_kb;
  // The program; standard input, function name or specification of tests; cases of a call, each a length and so
  // many bytes.
  buffer_t program, first, cases;
} request_t;

enum { ENDED = 0, CPU_LIMIT = 1, WALL_LIMIT = 2, OUTPUT_LIMIT = 3, MEMORY_LIMIT = 4, FORBIDDEN = 5, CANCELLED = 6, FAILED = 255 };

typedef struct {
  uint8_t kind;
  int32_t status;  // as waitpid gives it
  int32_t call;    // number of the forbidden system call; -1: none, or not known
  uint64_t cpu_us;
  buffer_t output, errors, result;
  buffer_t times;  // u32 µs of processor time for each case of a call that was answered
} response_t;

// Runs the request in `program` (and `tests`, in mode T), which wait for it.
void supervise(const request_t *request, const isolation_t *isolation, child_t *program, child_t *tests,
               response_t *response);

#endif
