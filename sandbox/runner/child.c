// The forks: U with the program, T with the tests. Each is made and confined before there is a request for it,
// and waits at its socket.
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINK = 3 };

// --- In the child ---

static void place(int from, int to) {
  if (from != to && dup2(from, to) < 0) _exit(99);
}

static bool read_exactly(int fd, void *to, size_t count) {
  for (char *at = to; count > 0;) {
    ssize_t got = read(fd, at, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= (size_t)got;
  }
  return true;
}

// One byte, and a descriptor with it where there is one.
static bool send_byte(int socket, char byte, int fd) {
  struct iovec bytes = {&byte, 1};
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {0};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

static bool receive_byte(int socket, char *byte, int *fd) {
  struct iovec bytes = {byte, 1};
  union {
    char space[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {0};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  ssize_t got;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  *fd = -1;
  struct cmsghdr *header = got == 1 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header && header->cmsg_type == SCM_RIGHTS) memcpy(fd, CMSG_DATA(header), sizeof *fd);
  return got == 1;
}

static char *read_text(uint32_t length) {
  char *bytes = malloc((size_t)length + 1);
  if (!bytes || !read_exactly(LINK, bytes, length)) _exit(97);
  bytes[length] = 0;
  return bytes;
}

// Where no request comes at once there is time to spare.
static void wait_warm(void) {
  struct pollfd link = {LINK, POLLIN, 0};
  if (poll(&link, 1, 2) == 0) take_hot_pages();
}

// Takes the request: a mode, two lengths, the program, what else there is.
static void take_program(void) {
  struct [[gnu::packed]] {
    char mode;
    uint32_t program, first;
  } head;
  wait_warm();
  if (!read_exactly(LINK, &head, sizeof head)) _exit(97);
  char *program = read_text(head.program), *first = read_text(head.first);
  if (head.mode == 'S') close(LINK);
  run_program(head.mode, program, head.program, first, LINK);
}

static void take_tests(void) {
  char byte;
  int link;
  uint32_t length;
  if (!receive_byte(HANDOVER, &byte, &link) || link < 0) _exit(97);
  close(HANDOVER);
  if (!read_exactly(LINK, &length, sizeof length)) _exit(97);
  run_tests(read_text(length), length, link, LINK);
}

static void confine_and_wait(const isolation_t *isolation, bool tests) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Where neither a filter nor a namespace keeps its signals from others.
  if (!isolation->seccomp || !isolation->pid) setsid();
  place(LINK, HANDOVER);
  close_range(LINK + 1, HANDOVER - 1, 0);
  close_range(RULES + 1, ~0u, 0);
  int listener = -1;
  int error = confine_child(isolation, tests ? NULL : &listener);
  // Anything but a confined child is none.
  if (error || !send_byte(HANDOVER, 'r', listener)) _exit(99);
  if (listener >= 0) close(listener);
  if (tests) take_tests();
  close(HANDOVER);
  take_program();
}

// --- In the runner ---

// A fork into a PID namespace of its own, where the runner may make one. The raw call skips CPython's at-fork
// hooks, which only reseed `random`; there is one thread.
static pid_t fork_child(const isolation_t *isolation) {
  unsigned long flags = SIGCHLD | (isolation->pid ? CLONE_NEWPID : 0);
  return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
}

static void close_open(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

bool make_child(child_t *child, const isolation_t *isolation, bool tests) {
  int link[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, input = -1;
  *child = (child_t){.pidfd = -1, .link = -1, .out = -1, .err = -1, .input = -1, .listener = -1};
  // T prints to nowhere, into a file that the limit on file sizes bounds.
  bool made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) == 0 &&
              (input = memfd_create("input", MFD_CLOEXEC)) >= 0 &&
              (tests || (pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0));
  pid_t pid = made ? fork_child(isolation) : -1;
  if (pid == 0) {
    place(input, 0);
    place(tests ? input : out[1], 1);
    place(tests ? input : err[1], 2);
    place(link[1], LINK);
    confine_and_wait(isolation, tests);
    _exit(98);
  }
  close_open(&link[1]);
  close_open(&out[1]);
  close_open(&err[1]);
  if (pid > 0) {
    *child = (child_t){.pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0), .link = link[0], .out = out[0],
                       .err = err[0], .input = input, .listener = -1};
    if (clock_getcpuclockid(pid, &child->clock) != 0) child->clock = -1;
    return true;
  }
  close_open(&link[0]);
  close_open(&out[0]);
  close_open(&err[0]);
  close_open(&input);
  return false;
}

bool await_child(child_t *child) {
  char byte;
  return child->pid > 0 && receive_byte(child->link, &byte, &child->listener) && byte == 'r';
}

bool hand_over(int socket, int fd) { return send_byte(socket, 'l', fd); }

void end_child(child_t *child, int *status, struct rusage *usage) {
  if (child->pid <= 0) return;
  // Killing the first process of a PID namespace ends all others in it.
  kill(child->pid, SIGKILL);
  while (wait4(child->pid, status, 0, usage) < 0 && errno == EINTR) {}
  int *fds[] = {&child->pidfd, &child->link, &child->out, &child->err, &child->input, &child->listener};
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) close_open(fds[i]);
  child->pid = 0;
}
