// Watches one program: processor time, wall time less the wait for a processor, memory, output, forbidden calls;
// then collects.
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RESULT_LIMIT = 4 << 20, SLACK = 1 << 30, TICK_MS = 5 };
static const double LOOK_EVERY = 4e-3;  // seconds

// --- What is known of a process from outside ---

static double seconds(clockid_t clock) {
  struct timespec t;
  return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + (double)t.tv_nsec * 1e-9 : -1;
}

// Processor time of a child; -1 when it is gone.
static double cpu_of(const child_t *child) { return seconds(child->clock); }

// Two numbers from a file of /proc; zeros where it can't be read.
static void numbers_of(const isolation_t *isolation, pid_t pid, const char *file, unsigned long long numbers[2]) {
  char path[64], text[128];
  numbers[0] = numbers[1] = 0;
  if (isolation->proc_fd < 0) return;
  snprintf(path, sizeof path, "%d/%s", pid, file);
  int fd = openat(isolation->proc_fd, path, O_RDONLY | O_CLOEXEC);
  ssize_t count = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (count <= 0) return;
  text[count] = 0;
  if (sscanf(text, "%llu %llu", &numbers[0], &numbers[1]) != 2) numbers[0] = numbers[1] = 0;
}

// Seconds that a child was ready to run and had no processor.
static double waited(const isolation_t *isolation, pid_t pid) {
  unsigned long long ran_queued[2];
  numbers_of(isolation, pid, "schedstat", ran_queued);
  return (double)ran_queued[1] * 1e-9;
}

static uint64_t resident(const isolation_t *isolation, pid_t pid) {
  unsigned long long size_resident[2];
  numbers_of(isolation, pid, "statm", size_resident);
  return size_resident[1] * (uint64_t)sysconf(_SC_PAGESIZE);
}

// --- Bytes in and out ---

// Reads what is there; false at the end of the stream.
static bool drain(int fd, buffer_t *buffer, size_t limit) {
  for (;;) {
    if (buffer->capacity - buffer->length < 4096 && !buffer_reserve(buffer, buffer->capacity * 4 + 4096)) return false;
    ssize_t count = read(fd, buffer->bytes + buffer->length, buffer->capacity - buffer->length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 && errno == EAGAIN;
    // Fewer bytes than there was room for: that was all.
    bool all = (size_t)count < buffer->capacity - buffer->length;
    buffer->length += (size_t)count;
    if (all || buffer->length > limit) return true;
  }
}

static bool write_all(int fd, const void *from, size_t count) {
  for (const char *at = from; count > 0;) {
    ssize_t put = write(fd, at, count);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    count -= (size_t)put;
  }
  return true;
}

static uint32_t little(const char *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

// --- One run ---

typedef struct {
  const request_t *request;
  const isolation_t *isolation;
  child_t *program, *tests;
  response_t *response;
  // Of the case at hand: processor time and wall time at its beginning.
  double cpu, wall, used;
  // Time in the queue when the case began, as far as it was known; as last seen; when the limits were looked at.
  double queued, queued_seen, looked;
  size_t sent;      // bytes of the cases that the program was given
  size_t given_to;  // and may be given: to the end of the case that it works on
  size_t parsed;    // bytes of the result that hold whole frames
  uint32_t given, answered;  // cases
} run_t;

static void begin_case(run_t *run) {
  double cpu = cpu_of(run->program);
  if (cpu > run->used) run->used = cpu;
  run->cpu = run->used;
  run->wall = seconds(CLOCK_MONOTONIC);
  run->queued = run->queued_seen;
}

static void give_case(run_t *run) {
  const buffer_t *cases = &run->request->cases;
  if (cases->length - run->given_to < 4) return;
  size_t end = run->given_to + 4 + little(cases->bytes + run->given_to);
  run->given_to = end < cases->length ? end : cases->length;
  run->given++;
}

// Sends as much as the socket takes.
static void feed(run_t *run) {
  while (run->sent < run->given_to) {
    ssize_t put = send(run->program->link, run->request->cases.bytes + run->sent, run->given_to - run->sent,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    run->sent += (size_t)put;
  }
  // The program learns that there are no more.
  if (run->sent == run->request->cases.length) shutdown(run->program->link, SHUT_WR);
}

static void append_time(buffer_t *times, double time) {
  uint32_t micros = time > 0 ? (uint32_t)(time * 1e6) : 0;
  buffer_append(times, &micros, sizeof micros);
}

// A whole frame of result is the answer to a case: the next may be seen. Answers to no question are not looked at.
static void take_answers(run_t *run) {
  buffer_t *result = &run->response->result;
  while (run->answered < run->given && result->length - run->parsed >= 4) {
    size_t length = 4 + (size_t)little(result->bytes + run->parsed);
    if (result->length - run->parsed < length) return;
    run->parsed += length;
    run->answered++;
    double before = run->cpu;
    begin_case(run);
    append_time(&run->response->times, run->cpu - before);
    give_case(run);
    feed(run);
  }
}

static void set_limit(pid_t pid, int resource, rlim_t value) {
  struct rlimit both = {value, value};
  prlimit(pid, resource, &both, NULL);
}

// Memory counts by what is resident, watched from outside; the limit on address space, well above it, makes a
// single absurd request a MemoryError.
static void set_limits(const run_t *run, pid_t pid) {
  set_limit(pid, RLIMIT_CPU, run->request->cpu_ms / 1000 + 2);
  uint64_t memory = (uint64_t)run->request->memory_mb << 20;
  set_limit(pid, RLIMIT_AS, run->isolation->space + memory + (memory > SLACK ? memory : SLACK));
}

static bool start(run_t *run) {
  const request_t *request = run->request;
  child_t *program = run->program, *tests = run->tests;
  if (!await_child(program)) return false;
  set_limits(run, program->pid);
  if (request->mode == 'S' && (!write_all(program->input, request->first.bytes, request->first.length) ||
                               lseek(program->input, 0, SEEK_SET) != 0))
    return false;
  char head[9] = {request->mode};
  uint32_t lengths[2] = {(uint32_t)request->program.length,
                         request->mode == 'C' ? (uint32_t)request->first.length : 0};
  memcpy(head + 1, lengths, sizeof lengths);
  begin_case(run);
  if (!write_all(program->link, head, sizeof head) ||
      !write_all(program->link, request->program.bytes, request->program.length) ||
      !write_all(program->link, request->first.bytes, lengths[1]))
    return false;
  if (request->mode == 'C') {
    give_case(run);
    feed(run);
  }
  if (request->mode != 'T') return true;
  uint32_t length = (uint32_t)request->first.length;
  if (!await_child(tests)) return false;
  set_limits(run, tests->pid);
  bool handed = hand_over(tests->link, program->link);
  close(program->link);
  program->link = -1;
  return handed && write_all(tests->link, &length, sizeof length) &&
         write_all(tests->link, request->first.bytes, request->first.length);
}

static bool over_output(const run_t *run) {
  const response_t *response = run->response;
  return response->output.length + response->errors.length > (size_t)run->request->output_kb << 10 ||
         response->result.length > RESULT_LIMIT;
}

// Which limit has been reached, or ENDED for none.
static uint8_t reached(run_t *run) {
  const request_t *request = run->request;
  pid_t pid = run->program->pid;
  double now = seconds(CLOCK_MONOTONIC), wall = now - run->wall;
  // Answers come faster than limits are reached.
  if (now - run->looked < LOOK_EVERY) return over_output(run) ? OUTPUT_LIMIT : ENDED;
  run->looked = now;
  double cpu = cpu_of(run->program);
  if (cpu > run->used) run->used = cpu;
  double of_tests = request->mode == 'T' ? cpu_of(run->tests) : 0;
  run->queued_seen = waited(run->isolation, pid);
  // Nor is it the program's time when its tests compute, or wait.
  if (request->mode == 'T') wall -= of_tests + waited(run->isolation, run->tests->pid);
  if ((run->used - run->cpu) * 1000 > request->cpu_ms || of_tests * 1000 > request->cpu_ms) return CPU_LIMIT;
  // Ten times the limit is the end even on a machine that gives it no processor at all.
  if (wall * 1000 > request->wall_ms &&
      (wall - (run->queued_seen - run->queued) > request->wall_ms * 1e-3 || wall * 100 > request->wall_ms))
    return WALL_LIMIT;
  if (over_output(run)) return OUTPUT_LIMIT;
  uint64_t memory = ((uint64_t)request->memory_mb << 20) + run->isolation->resident;
  if (resident(run->isolation, pid) > memory || (request->mode == 'T' && resident(run->isolation, run->tests->pid) > memory))
    return MEMORY_LIMIT;
  return ENDED;
}

// The call that waits at the listener.
static bool forbidden_call(run_t *run) {
  struct seccomp_notif notice = {0};
  if (ioctl(run->program->listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) return false;
  run->response->call = notice.data.nr;
  return true;
}

static uint8_t asked_to_stop(void) {
  char byte;
  ssize_t got = read(0, &byte, 1);
  if (got == 1 && byte == 'X') return CANCELLED;
  // The host is gone, or talks nonsense: so do the children go.
  _exit(got == 0 ? 0 : 70);
}

static bool has_frame(const buffer_t *result) {
  return result->length >= 4 && result->length - 4 >= little(result->bytes);
}

static void watch(run_t *run) {
  response_t *response = run->response;
  child_t *awaited = run->request->mode == 'T' ? run->tests : run->program;
  size_t output_limit = (size_t)run->request->output_kb << 10;
  enum { OUT, ERR, RESULT, END, CALLS, HOST, COUNT };
  struct pollfd polls[COUNT] = {{run->program->out, POLLIN, 0}, {run->program->err, POLLIN, 0},
                                {run->request->mode == 'S' ? -1 : awaited->link, POLLIN, 0},
                                {awaited->pidfd, POLLIN, 0}, {run->program->listener, POLLIN, 0}, {0, POLLIN, 0}};
  buffer_t *buffers[3] = {&response->output, &response->errors, &response->result};
  size_t limits[3] = {output_limit, output_limit, RESULT_LIMIT};
  for (int i = 0; i < 3; i++)
    if (polls[i].fd >= 0) fcntl(polls[i].fd, F_SETFL, O_NONBLOCK);
  bool ended = false;
  while (response->kind == ENDED && !ended) {
    polls[RESULT].events = POLLIN | (run->sent < run->given_to ? POLLOUT : 0);
    int ready = poll(polls, COUNT, TICK_MS);
    if (ready < 0 && errno != EINTR) response->kind = FAILED;
    if (ready > 0) {
      ended = polls[END].revents != 0;
      for (int i = 0; i < 3; i++)
        if (polls[i].fd >= 0 && polls[i].revents & (POLLIN | POLLHUP | POLLERR) && !drain(polls[i].fd, buffers[i], limits[i]))
          polls[i].fd = -1;
      if (run->request->mode == 'C') {
        take_answers(run);
        feed(run);
      }
      // T's report is all that counts: neither fork need leave in good order.
      if (run->request->mode == 'T' && has_frame(&response->result)) ended = true;
      if (polls[CALLS].revents & POLLIN && forbidden_call(run)) response->kind = FORBIDDEN;
      else if (polls[CALLS].revents) polls[CALLS].fd = -1;
      if (polls[HOST].revents) response->kind = asked_to_stop();
    }
    if (response->kind == ENDED && !ended) response->kind = reached(run);
  }
  // What came between the last look and the end.
  for (int i = 0; i < 3; i++)
    if (polls[i].fd >= 0 && ended) drain(polls[i].fd, buffers[i], limits[i]);
  if (run->request->mode == 'C' && ended) take_answers(run);
  if (response->kind == ENDED && over_output(run)) response->kind = OUTPUT_LIMIT;
  if (response->output.length > output_limit) response->output.length = output_limit;
  if (response->errors.length > 65536) response->errors.length = 65536;
}

void supervise(const request_t *request, const isolation_t *isolation, child_t *program, child_t *tests,
               response_t *response) {
  run_t run = {.request = request, .isolation = isolation, .program = program, .tests = tests, .response = response};
  response->kind = start(&run) ? ENDED : FAILED;
  double before = run.cpu;
  if (response->kind == ENDED) watch(&run);
  struct rusage usage = {0};
  end_child(program, &response->status, &usage);
  if (request->mode == 'T') end_child(tests, NULL, NULL);
  double total = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) - before;
  response->cpu_us = total > 0 ? (uint64_t)(total * 1e6) : 0;
}
