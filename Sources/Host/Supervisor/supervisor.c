#define _GNU_SOURCE
#include "Supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Sends SIGKILL to each process whose parent this one is: as a subreaper it inherits those of the dead.
static void kill_children(void) {
  char path[64] = "/proc/thread-self/children";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  char text[65536];
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return;
  text[size] = 0;
  char *at = text;
  for (;;) {
    char *end;
    long pid = strtol(at, &end, 10);
    if (end == at) return;
    kill((pid_t)pid, SIGKILL);
    at = end;
  }
}

// Until nothing is left, or five seconds have passed: a process may fork while it is being ended.
static void end_all(pid_t child, int *status) {
  kill(child, SIGKILL);
  for (int round = 0; round < 5000; round++) {
    kill_children();
    int one;
    pid_t pid;
    while ((pid = waitpid(-1, &one, WNOHANG)) > 0)
      if (pid == child) *status = one;
    if (pid < 0 && errno == ECHILD) return;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

static _Noreturn void watch(pid_t child, int host, int signals) {
  int status = 0;
  struct pollfd events[2] = {{.fd = signals, .events = POLLIN}, {.fd = host, .events = POLLIN}};
  for (int over = 0; !over;) {
    if (poll(events, 2, -1) < 0 && errno != EINTR) break;
    if (host >= 0 && events[1].revents) break;
    struct signalfd_siginfo info;
    if (!(events[0].revents & POLLIN) || read(signals, &info, sizeof info) != sizeof info) continue;
    if (info.ssi_signo != SIGCHLD) break;
    int one;
    pid_t pid;
    while ((pid = waitpid(-1, &one, WNOHANG)) > 0)
      if (pid == child) {
        status = one;
        over = 1;
      }
  }
  end_all(child, &status);
  _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

void assay_supervise(size_t memory_mb) {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  setpgid(0, 0);  // a Ctrl-C is for the host
  int host = (int)syscall(SYS_pidfd_open, getppid(), 0);
  sigset_t mask, before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigaddset(&mask, SIGTERM);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGHUP);
  sigprocmask(SIG_BLOCK, &mask, &before);
  int signals = signalfd(-1, &mask, SFD_CLOEXEC);
  pid_t supervisor = getpid();
  pid_t child = fork();
  if (child < 0 || signals < 0) _exit(127);
  if (child > 0) {
    // The pipes are the child's alone: when it closes them, the host sees it.
    close(0);
    close(1);
    watch(child, host, signals);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != supervisor) _exit(127);
  if (host >= 0) close(host);
  close(signals);
  sigprocmask(SIG_SETMASK, &before, NULL);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (memory_mb) {
    rlim_t bytes = (rlim_t)memory_mb << 20;
    setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes});
  }
}
