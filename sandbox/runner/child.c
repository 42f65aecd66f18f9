// The forks: U with the program, T with the tests.
#define _GNU_SOURCE
#include "runner.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Address space of the runner itself, set by main.c: limits count from there.
uint64_t runner_address_space;

// A fork into a PID namespace of its own, where the runner may make one. The raw call skips CPython's at-fork
// hooks, which only reseed `random`; there is one thread.
static pid_t fork_child(const isolation_t *isolation) {
  unsigned long flags = SIGCHLD | (isolation->pid ? CLONE_NEWPID : 0);
  return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
}

static void place(int from, int to) {
  if (from == to) return;
  if (dup2(from, to) < 0) _exit(99);
}

static PyObject *text(const char *bytes, size_t length) {
  return PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)length, "surrogatepass");
}

// Shared with the supervisor: 1 once the child is confined and about to run what it was given. A child that
// ends before that is the sandbox's own failure, whatever its exit status; after it, the program's.
volatile char *child_started;

// Calls a function of bootstrap.py; it does not return.
static void enter(const char *function, PyObject *arguments) {
  PyObject *module = PyImport_AddModule("assay_bootstrap");
  PyObject *callable = module ? PyObject_GetAttrString(module, function) : NULL;
  if (callable && arguments) {
    *child_started = 1;
    munmap((void *)child_started, 1);
    Py_XDECREF(PyObject_CallObject(callable, arguments));
  }
  if (PyErr_Occurred()) PyErr_Print();
  _exit(98);
}

static void prepare(const request_t *request, const isolation_t *isolation, unsigned first_closed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  close_range(first_closed, ~0u, 0);
  uint64_t memory = runner_address_space + ((uint64_t)request->memory_mb << 20);
  int error = confine_child(isolation, (request->cpu_ms + 999) / 1000, memory);
  // Anything but a confined child is none: 99 is read as the sandbox's own fault.
  if (error) {
    dprintf(2, "confine: %s\n", strerror(error));
    _exit(99);
  }
}

pid_t start_child(const request_t *request, const isolation_t *isolation, int stdin_fd, int stdout_fd,
                  int stderr_fd, int link_fd) {
  pid_t child = fork_child(isolation);
  if (child != 0) return child;
  place(stdin_fd, 0);
  place(stdout_fd, 1);
  place(stderr_fd, 2);
  place(link_fd, 3);
  prepare(request, isolation, 4);
  PyObject *program = text(request->program, request->program_length);
  switch (request->mode) {
    case 'S': enter("run_stdio", program ? Py_BuildValue("(O)", program) : NULL); break;
    case 'C':
      enter("run_call", program ? Py_BuildValue("(Os#s#i)", program, request->first, (Py_ssize_t)request->first_length,
                                                request->second, (Py_ssize_t)request->second_length, 3)
                                : NULL);
      break;
    default: enter("serve", program ? Py_BuildValue("(Oi)", program, 3) : NULL);
  }
  return -1;
}

pid_t start_tests(const request_t *request, const isolation_t *isolation, int link_fd, int report_fd) {
  pid_t child = fork_child(isolation);
  if (child != 0) return child;
  // What the tests print goes nowhere; their report has a descriptor of its own.
  int sink = memfd_create("output", 0), link = fcntl(link_fd, F_DUPFD, 20), report = fcntl(report_fd, F_DUPFD, 20);
  if (sink < 0 || link < 0 || report < 0) _exit(99);
  for (int fd = 0; fd < 3; fd++) place(sink, fd);
  place(link, 3);
  place(report, 4);
  prepare(request, isolation, 5);
  PyObject *spec = text(request->first, request->first_length);
  enter("run_tests", spec ? Py_BuildValue("(Oii)", spec, 3, 4) : NULL);
  return -1;
}
