// Watches one program: processor time, wall time less the wait for a processor, output; then collects.
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern volatile char *child_started;

#define RESULT_LIMIT (4u << 20)

typedef struct {
  char *bytes;
  size_t length, capacity;
} buffer_t;

static double seconds(clockid_t clock) {
  struct timespec t;
  return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + (double)t.tv_nsec * 1e-9 : -1;
}

// Processor time of a child, from outside; -1 when it is gone.
static double cpu_of(pid_t pid) {
  clockid_t clock;
  if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0) return -1;
  return seconds(clock);
}

// Seconds that a child was ready to run and had no processor.
static double waited(const isolation_t *isolation, pid_t pid) {
  char path[64], text[128];
  if (isolation->proc_fd < 0) return 0;
  snprintf(path, sizeof path, "%d/schedstat", pid);
  int fd = openat(isolation->proc_fd, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t count = read(fd, text, sizeof text - 1);
  close(fd);
  if (count <= 0) return 0;
  text[count] = 0;
  unsigned long long ran, queued;
  return sscanf(text, "%llu %llu", &ran, &queued) == 2 ? (double)queued * 1e-9 : 0;
}

// Reads what is there; false at the end of the stream.
static bool drain(int fd, buffer_t *buffer, size_t limit) {
  for (;;) {
    if (buffer->capacity - buffer->length < 65536) {
      size_t capacity = buffer->capacity ? buffer->capacity * 2 : 65536;
      char *bytes = realloc(buffer->bytes, capacity);
      if (!bytes) return false;
      buffer->bytes = bytes;
      buffer->capacity = capacity;
      continue;
    }
    ssize_t count = read(fd, buffer->bytes + buffer->length, 65536);
    if (count > 0) {
      buffer->length += (size_t)count;
      if (buffer->length > limit) return true;
    } else {
      return count < 0 && (errno == EAGAIN || errno == EINTR);
    }
  }
}

static int input_file(const request_t *request) {
  int fd = memfd_create("stdin", MFD_CLOEXEC);
  if (fd < 0 || request->mode != 'S') return fd;
  size_t done = 0;
  while (done < request->first_length) {
    ssize_t count = write(fd, request->first + done, request->first_length - done);
    if (count <= 0) break;
    done += (size_t)count;
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

static void close_all(int *fds, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (fds[i] >= 0) close(fds[i]);
}

void supervise(const request_t *request, const isolation_t *isolation, response_t *response) {
  enum { OUT, OUT_W, ERR, ERR_W, RES, RES_W, LINK_U, LINK_T, INPUT, COUNT };
  int fds[COUNT];
  for (int i = 0; i < COUNT; i++) fds[i] = -1;
  memset(response, 0, sizeof *response);
  response->kind = 255;
  bool tests = request->mode == 'T';
  if (pipe2(fds + OUT, O_CLOEXEC) || pipe2(fds + ERR, O_CLOEXEC) || pipe2(fds + RES, O_CLOEXEC) ||
      (tests && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds + LINK_U)) ||
      (fds[INPUT] = input_file(request)) < 0) {
    close_all(fds, COUNT);
    return;
  }
  child_started = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (child_started == MAP_FAILED) {
    close_all(fds, COUNT);
    return;
  }
  pid_t program = start_child(request, isolation, fds[INPUT], fds[OUT_W], fds[ERR_W],
                              tests ? fds[LINK_U] : fds[RES_W]);
  pid_t tester = -1;
  if (program > 0 && tests) tester = start_tests(request, isolation, fds[LINK_T], fds[RES_W]);
  int writers[] = {OUT_W, ERR_W, RES_W, LINK_U, LINK_T, INPUT};
  for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
    if (fds[writers[i]] >= 0) close(fds[writers[i]]);
    fds[writers[i]] = -1;
  }
  if (program <= 0 || (tests && tester <= 0)) {
    if (program > 0) kill(program, SIGKILL), waitpid(program, NULL, 0);
    close_all(fds, COUNT);
    munmap((void *)child_started, 1);
    return;
  }
  buffer_t out = {0}, err = {0}, res = {0};
  buffer_t *buffers[3] = {&out, &err, &res};
  struct pollfd polls[4] = {{fds[OUT], POLLIN, 0}, {fds[ERR], POLLIN, 0}, {fds[RES], POLLIN, 0}, {-1, POLLIN, 0}};
  for (int i = 0; i < 3; i++) fcntl(polls[i].fd, F_SETFL, O_NONBLOCK);
  // What decides the end: the program, or, where there are tests, T.
  pid_t awaited = tests ? tester : program;
  polls[3].fd = (int)syscall(SYS_pidfd_open, awaited, 0);
  double start = seconds(CLOCK_MONOTONIC), used = 0;
  size_t output_limit = (size_t)request->output_kb << 10;
  response->kind = 0;
  while (response->kind == 0) {
    double now = seconds(CLOCK_MONOTONIC), cpu = cpu_of(program);
    if (cpu > used) used = cpu;
    double wall = now - start;
    if (used * 1000 > request->cpu_ms) response->kind = 1;
    // Ten times the limit is the end even on a machine that gives it no processor at all.
    else if (wall * 1000 > request->wall_ms &&
             (wall - waited(isolation, program) > request->wall_ms * 1e-3 || wall * 100 > request->wall_ms))
      response->kind = 2;
    else if (out.length + err.length > output_limit || res.length > RESULT_LIMIT) response->kind = 3;
    if (response->kind) break;
    double left = (request->cpu_ms * 1e-3 - used) * 1000 + 1;
    int ready = poll(polls, 4, left > 50 ? 50 : (int)left + 1);
    if (ready < 0 && errno != EINTR) break;
    for (int i = 0; i < 3; i++)
      if (polls[i].fd >= 0 && polls[i].revents)
        if (!drain(polls[i].fd, buffers[i], i == 2 ? RESULT_LIMIT : output_limit)) polls[i].fd = -1;
    if (polls[3].revents) break;
  }
  // Killing the first process of a PID namespace ends all others in it.
  kill(program, tests || response->kind ? SIGKILL : 0);
  if (tester > 0) kill(tester, SIGKILL);
  if (!isolation->pid) kill(-program, SIGKILL);
  struct rusage usage = {0};
  int status = 0;
  // Read what is left before reaping: nobody writes any more.
  while (wait4(program, &status, 0, &usage) < 0 && errno == EINTR) {}
  if (tester > 0)
    while (waitpid(tester, NULL, 0) < 0 && errno == EINTR) {}
  for (int i = 0; i < 3; i++)
    if (polls[i].fd >= 0 && buffers[i]->length <= output_limit + RESULT_LIMIT)
      drain(polls[i].fd, buffers[i], i == 2 ? RESULT_LIMIT : output_limit);
  if (!response->kind && (out.length + err.length > output_limit || res.length > RESULT_LIMIT)) response->kind = 3;
  close_all(fds, COUNT);
  if (polls[3].fd >= 0) close(polls[3].fd);
  if (!*child_started) response->kind = 255;
  munmap((void *)child_started, 1);
  response->status = status;
  response->cpu_us = (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec +
                     (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
  response->output = out.bytes;
  response->output_length = out.length < output_limit ? out.length : output_limit;
  response->errors = err.bytes;
  response->errors_length = err.length < 65536 ? err.length : 65536;
  response->result = res.bytes;
  response->result_length = res.length;
  // A scratch folder that can't be made new would hand one program's files to the next.
  if (!clean_scratch(isolation)) exit(71);
}
