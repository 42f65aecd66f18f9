// Layers of isolation, each probed by doing it: what can't be had is left out and reported.
#define _GNU_SOURCE
#include "runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  close(fd);
  return done;
}

// --- Namespaces and a private root ---

static bool bind_read_only(const char *from, const char *to) {
  if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) != 0) return false;
  return mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_REC, NULL) == 0;
}

static bool mount_scratch(const char *place) {
  return mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=32m,nr_inodes=4k,mode=700") == 0;
}

// A tmpfs with Python's library, read-only, and /scratch; everything else is gone.
static bool private_root(void) {
  const char *root = "/tmp";
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
  if (mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") != 0) return false;
  const char *folders[] = {"/tmp/usr", "/tmp/usr/lib", "/tmp/usr/lib/python3.11",
                           "/tmp/usr/lib/x86_64-linux-gnu", "/tmp/scratch", "/tmp/tmp"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
    if (mkdir(folders[i], 0755) != 0) return false;
  if (!bind_read_only("/usr/lib/python3.11", "/tmp/usr/lib/python3.11")) return false;
  if (access("/usr/lib/x86_64-linux-gnu", R_OK) == 0)
    bind_read_only("/usr/lib/x86_64-linux-gnu", "/tmp/usr/lib/x86_64-linux-gnu");
  if (!mount_scratch("/tmp/scratch")) return false;
  if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return false;
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) return false;
  mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
  return true;
}

// Tries one namespace in a throw-away child, so that a failure leaves no half-made state here.
static bool can_unshare(int flags) {
  pid_t child = fork();
  if (child == 0) _exit(unshare(flags) == 0 ? 0 : 1);
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void isolate_runner(isolation_t *isolation) {
  isolation->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  isolation->rlimits = true;
  // Root would own what it sees: the children belong to nobody.
  if (geteuid() == 0) {
    if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
      fprintf(stderr, "sandbox-runner: can't become nobody: %s\n", strerror(errno));
    prctl(PR_SET_DUMPABLE, 1);  // or /proc/self/uid_map belongs to root
  }
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (can_unshare(CLONE_NEWUSER) && unshare(CLONE_NEWUSER) == 0) {
    char map[64];
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %d 1", uid);
    bool mapped = write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %d 1", gid);
    isolation->user = write_file("/proc/self/gid_map", map) && mapped;
  }
  if (isolation->user) {
    isolation->network = unshare(CLONE_NEWNET) == 0;
    isolation->ipc = unshare(CLONE_NEWIPC) == 0;
    isolation->uts = unshare(CLONE_NEWUTS) == 0;
    if (unshare(CLONE_NEWNS) == 0) {
      isolation->mount = private_root();
      isolation->scratch = isolation->mount;
    }
    isolation->pid = can_unshare(CLONE_NEWPID);
  }
  if (chdir(isolation->scratch ? "/scratch" : "/") != 0) fprintf(stderr, "sandbox-runner: chdir: %s\n", strerror(errno));
  isolation->landlock =
      syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  isolation->seccomp = prctl(PR_GET_SECCOMP) >= 0 && seccomp_api_get() >= 1;
  prctl(PR_SET_DUMPABLE, 0);
}

// --- Landlock: reads of Python's library, writes in /scratch, nothing else ---

static int allow(int ruleset, const char *path, uint64_t access) {
  struct landlock_path_beneath_attr rule = {.allowed_access = access};
  rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return 0;  // not there: nothing to allow
  int result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(rule.parent_fd);
  return result;
}

static int restrict_files(const isolation_t *isolation) {
  int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  // Bits 0 to 12 are version 1; 13 is refer (2), 14 truncate (3), 15 ioctl on devices (5).
  uint64_t all = (1u << 13) - 1;
  if (version >= 2) all |= 1u << 13;
  if (version >= 3) all |= 1u << 14;
  if (version >= 5) all |= 1u << 15;
  // Later fields of the structure: TCP bind and connect (4), abstract sockets and signals (6).
  uint64_t attributes[3] = {all, version >= 4 ? 3 : 0, version >= 6 ? 3 : 0};
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, attributes, size, 0);
  if (ruleset < 0) return errno;
  uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
  int failed = allow(ruleset, "/usr/lib", read);
  if (!isolation->mount) failed |= allow(ruleset, "/usr/share/zoneinfo", read);
  // The rule stands on the tmpfs's root, where walks up from a file inside end.
  if (isolation->scratch)
    failed |= allow(ruleset, "/scratch", all & ~(uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                                          LANDLOCK_ACCESS_FS_MAKE_BLOCK));
  if (!failed) failed = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
  int error = failed ? errno : 0;
  close(ruleset);
  return error;
}

// --- System calls ---

// What Python needs to compute and to use its scratch folder. Anything else gets EPERM, or ends the program
// where it is a way out.
static const int allowed_calls[] = {
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64), SCMP_SYS(pwrite64),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(chdir),
    SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
    SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(ftruncate), SCMP_SYS(truncate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
    SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(membarrier), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(futex), SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list), SCMP_SYS(set_tid_address), SCMP_SYS(rseq), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(getppid),
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getgroups), SCMP_SYS(getpgrp), SCMP_SYS(getpgid), SCMP_SYS(getsid), SCMP_SYS(umask),
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(times), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getitimer), SCMP_SYS(setitimer), SCMP_SYS(alarm), SCMP_SYS(pause), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getrandom),
    SCMP_SYS(arch_prctl), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
};

// Nobody does these by accident: the program ends with SIGSYS, and its verdict says so.
static const int fatal_calls[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(socket), SCMP_SYS(ptrace),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns),
    SCMP_SYS(bpf), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter), SCMP_SYS(userfaultfd), SCMP_SYS(perf_event_open), SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd), SCMP_SYS(kexec_load), SCMP_SYS(init_module),
    SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(reboot), SCMP_SYS(open_by_handle_at),
};

static int filter_calls(void) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (!filter) return ENOMEM;
  int failed = 0;
  // x32 and i386 calls have other numbers: any of them ends the program.
  failed |= seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  failed |= seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (size_t i = 0; i < sizeof allowed_calls / sizeof *allowed_calls; i++)
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
  for (size_t i = 0; i < sizeof fatal_calls / sizeof *fatal_calls; i++)
    failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal_calls[i], 0);
  // Threads, but no processes; clone3's flags lie in memory, so glibc has to fall back to clone.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  failed |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  // Signals to its own threads alone.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)syscall(SYS_getpid)));
  // Its own limits may be read, not set, and nobody else's.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
                             SCMP_A2(SCMP_CMP_EQ, 0));
  // Terminal queries that Python's files make; TIOCSTI and the like are refused.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, 0x5401));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, 0x5451));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, 0x541B));
  if (!failed) failed = seccomp_load(filter);
  seccomp_release(filter);
  return failed ? EACCES : 0;
}

static int limit(int resource, rlim_t value) {
  struct rlimit both = {value, value};
  return setrlimit(resource, &both) == 0 ? 0 : errno;
}

int confine_child(const isolation_t *isolation, uint32_t cpu_seconds, uint64_t memory_bytes) {
  int error = 0;
  // The supervisor counts processor time; this is for the case that it is not there any more.
  if (!error) error = limit(RLIMIT_CPU, cpu_seconds + 2);
  if (!error) error = limit(RLIMIT_AS, memory_bytes);
  if (!error) error = limit(RLIMIT_FSIZE, 16 << 20);
  if (!error) error = limit(RLIMIT_NOFILE, 64);
  if (!error) error = limit(RLIMIT_CORE, 0);
  if (!error) error = limit(RLIMIT_STACK, 64 << 20);
  if (!error) error = limit(RLIMIT_MEMLOCK, 0);
  if (!error) error = limit(RLIMIT_MSGQUEUE, 0);
  if (!error && isolation->landlock) error = restrict_files(isolation);
  // Capabilities of the runner's own user namespace go last but for the filter.
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  if (!error && syscall(SYS_capset, &header, none) != 0) error = errno;
  if (!error && isolation->seccomp) error = filter_calls();
  return error;
}

bool clean_scratch(const isolation_t *isolation) {
  if (!isolation->scratch) return true;
  DIR *folder = opendir("/scratch");
  if (!folder) return false;
  int entries = 0;
  while (entries < 3 && readdir(folder)) entries++;
  closedir(folder);
  if (entries < 3) return true;  // only . and ..
  if (chdir("/") != 0 || umount2("/scratch", MNT_DETACH) != 0) return false;
  return mount_scratch("/scratch") && chdir("/scratch") == 0;
}

void describe_isolation(const isolation_t *isolation, char *text, size_t size) {
  const struct {
    bool on;
    const char *name;
  } layers[] = {
      {isolation->rlimits, "rlimits"}, {isolation->seccomp, "seccomp"}, {isolation->landlock, "landlock"},
      {isolation->user, "user-namespace"}, {isolation->mount, "mount-namespace"},
      {isolation->network, "network-namespace"}, {isolation->pid, "pid-namespace"},
      {isolation->ipc, "ipc-namespace"}, {isolation->uts, "uts-namespace"},
  };
  text[0] = 0;
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    if (!layers[i].on) continue;
    if (text[0]) strncat(text, ",", size - strlen(text) - 1);
    strncat(text, layers[i].name, size - strlen(text) - 1);
  }
}
