// What each child does to itself: limits, Landlock, a seccomp filter. Filters and rules are made once, in the runner.
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// --- Landlock: reads of the allowed folders, writes in /scratch, nothing else ---

static int landlock_version;
static const char *readable[64];
static size_t readable_count;

void allow_folder(const char *path) {
  if (readable_count < sizeof readable / sizeof *readable) readable[readable_count++] = path;
}

static bool allow(int rules, const char *path, uint64_t access) {
  struct landlock_path_beneath_attr rule = {.allowed_access = access};
  rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return errno == ENOENT;  // not there: nothing to allow
  bool done = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  close(rule.parent_fd);
  return done;
}

bool renew_files(const isolation_t *isolation) {
  if (landlock_version < 1) return true;
  // Bits 0 to 12 are version 1; 13 is refer (2), 14 truncate (3), 15 ioctl on devices (5).
  uint64_t all = (1u << 13) - 1;
  if (landlock_version >= 2) all |= 1u << 13;
  if (landlock_version >= 3) all |= 1u << 14;
  if (landlock_version >= 5) all |= 1u << 15;
  // Later fields of the structure: TCP bind and connect (4), abstract sockets and signals (6).
  uint64_t attributes[3] = {all, landlock_version >= 4 ? 3 : 0, landlock_version >= 6 ? 3 : 0};
  size_t size = landlock_version >= 6 ? 24 : landlock_version >= 4 ? 16 : 8;
  int rules = (int)syscall(SYS_landlock_create_ruleset, attributes, size, 0);
  bool done = rules >= 0;
  for (size_t i = 0; i < readable_count; i++)
    done = done && allow(rules, readable[i], LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE);
  // The rule stands on the tmpfs's root, where walks up from a file inside end.
  if (isolation->scratch)
    done = done && allow(rules, "/scratch", all & ~(uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                                     LANDLOCK_ACCESS_FS_MAKE_BLOCK));
  done = done && dup3(rules, RULES, O_CLOEXEC) == RULES;
  if (rules >= 0) close(rules);
  return done;
}

static int restrict_files(void) {
  int error = syscall(SYS_landlock_restrict_self, RULES, 0) == 0 ? 0 : errno;
  close(RULES);
  return error;
}

// --- System calls ---

#define CALL SCMP_SYS
// What Python needs to compute and to use its scratch folder. Anything else gets EPERM, or ends the program
// where it is a way out.
static const int allowed_calls[] = {
    CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64), CALL(pwrite64), CALL(lseek), CALL(close),
    CALL(openat), CALL(open), CALL(stat), CALL(fstat), CALL(lstat), CALL(newfstatat), CALL(statx), CALL(access),
    CALL(faccessat), CALL(faccessat2), CALL(readlink), CALL(readlinkat), CALL(getdents64), CALL(getcwd), CALL(chdir),
    CALL(mkdir), CALL(mkdirat), CALL(rmdir), CALL(unlink), CALL(unlinkat), CALL(rename), CALL(renameat),
    CALL(renameat2), CALL(ftruncate), CALL(truncate), CALL(fsync), CALL(fdatasync), CALL(fcntl), CALL(flock),
    CALL(dup), CALL(dup2), CALL(dup3), CALL(pipe), CALL(pipe2), CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6),
    CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(eventfd2), CALL(mmap),
    CALL(munmap), CALL(mremap), CALL(mprotect), CALL(madvise), CALL(brk), CALL(membarrier), CALL(rt_sigaction),
    CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(rt_sigpending), CALL(rt_sigtimedwait), CALL(sigaltstack),
    CALL(futex), CALL(set_robust_list), CALL(get_robust_list), CALL(set_tid_address), CALL(rseq), CALL(gettid),
    CALL(getpid), CALL(getppid), CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid), CALL(getgroups),
    CALL(getpgrp), CALL(getpgid), CALL(getsid), CALL(umask), CALL(uname), CALL(sysinfo), CALL(getrusage),
    CALL(getrlimit), CALL(times), CALL(clock_gettime), CALL(clock_getres), CALL(clock_nanosleep), CALL(nanosleep),
    CALL(gettimeofday), CALL(time), CALL(getitimer), CALL(setitimer), CALL(alarm), CALL(pause), CALL(sched_yield),
    CALL(sched_getaffinity), CALL(getrandom), CALL(arch_prctl), CALL(exit), CALL(exit_group), CALL(restart_syscall),
};

// Nobody does these by accident: the program ends, and its verdict names the call.
static const int fatal_calls[] = {
    CALL(execve), CALL(execveat), CALL(fork), CALL(vfork), CALL(socket), CALL(ptrace), CALL(mount), CALL(umount2),
    CALL(pivot_root), CALL(chroot), CALL(unshare), CALL(setns), CALL(bpf), CALL(keyctl), CALL(add_key),
    CALL(request_key), CALL(io_uring_setup), CALL(io_uring_enter), CALL(userfaultfd), CALL(perf_event_open),
    CALL(process_vm_readv), CALL(process_vm_writev), CALL(pidfd_getfd), CALL(kexec_load), CALL(init_module),
    CALL(finit_module), CALL(delete_module), CALL(reboot), CALL(open_by_handle_at),
};

// Stands in the compiled filter where a child puts its own process number.
enum { OWN_PID = 0x41737379 };

typedef struct {
  struct sock_filter *code;
  unsigned short length;
} filter_t;

// [1]: forbidden calls are reported to the supervisor, which ends the program; [0]: they end it by SIGSYS.
static filter_t filters[2];

static int add_rules(scmp_filter_ctx filter, uint32_t fatal) {
  int failed = 0;
  // x32 and i386 calls have other numbers: any of them ends the program.
  failed |= seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  failed |= seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  for (size_t i = 0; i < sizeof allowed_calls / sizeof *allowed_calls; i++)
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
  for (size_t i = 0; i < sizeof fatal_calls / sizeof *fatal_calls; i++)
    failed |= seccomp_rule_add(filter, fatal, fatal_calls[i], 0);
  // Threads, but no processes; clone3's flags lie in memory, so glibc has to fall back to clone.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  failed |= seccomp_rule_add(filter, fatal, CALL(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
  // Signals to its own threads alone.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, OWN_PID));
  // Its own limits may be read, not set, and nobody else's.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
                             SCMP_A2(SCMP_CMP_EQ, 0));
  // Terminal queries that Python's files make; TIOCSTI and the like are refused.
  const int queries[] = {0x5401 /* TCGETS */, 0x5451 /* FIOCLEX */, 0x541B /* FIONREAD */};
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)queries[i]));
  // The handover of descriptors between the runner and a child that has no program yet.
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(sendmsg), 1, SCMP_A0(SCMP_CMP_EQ, HANDOVER));
  if (fatal == SCMP_ACT_KILL_PROCESS)
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(recvmsg), 1, SCMP_A0(SCMP_CMP_EQ, HANDOVER));
  return failed;
}

static bool compile_filter(filter_t *compiled, uint32_t fatal) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  int fd = memfd_create("filter", MFD_CLOEXEC);
  bool done = filter && fd >= 0 && add_rules(filter, fatal) == 0 && seccomp_export_bpf(filter, fd) == 0;
  if (done) {
    off_t size = lseek(fd, 0, SEEK_END);
    compiled->code = malloc((size_t)size);
    compiled->length = (unsigned short)((size_t)size / sizeof *compiled->code);
    done = compiled->code && pread(fd, compiled->code, (size_t)size, 0) == size;
  }
  if (!done) compiled->length = 0;
  if (filter) seccomp_release(filter);
  if (fd >= 0) close(fd);
  return done;
}

static int load_filter(bool reported, int *listener) {
  filter_t *filter = &filters[reported];
  unsigned pid = (unsigned)syscall(SYS_getpid);
  for (unsigned short i = 0; i < filter->length; i++)
    if (filter->code[i].k == OWN_PID && BPF_CLASS(filter->code[i].code) == BPF_JMP) filter->code[i].k = pid;
  struct sock_fprog program = {filter->length, filter->code};
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, reported ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &program);
  if (result < 0) return errno;
  if (listener) *listener = reported ? (int)result : -1;
  return 0;
}

// --- Trying them out, each in a throw-away child that must not get what is forbidden ---

static int try_landlock(const void *) {
  if (restrict_files() != 0) return 1;
  return open("/", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES ? 0 : 2;
}

static int try_filter(const void *reported) {
  int listener = -1;
  if (load_filter(*(const bool *)reported, &listener) != 0) return 1;
  return syscall(SYS_swapon, "", 0) == -1 && errno == EPERM && syscall(SYS_getppid) >= 0 ? 0 : 2;
}

static bool wanted(const char *layer, char **without) {
  for (; *without; without++)
    if (!strcmp(*without, layer)) return false;
  return true;
}

void prepare_confinement(isolation_t *isolation, char **without) {
  const bool no = false, yes = true;
  landlock_version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  isolation->landlock = wanted("landlock", without) && landlock_version >= 1 && renew_files(isolation) && can(try_landlock, NULL);
  if (!isolation->landlock) landlock_version = 0;
  isolation->seccomp = wanted("seccomp", without) && compile_filter(&filters[0], SCMP_ACT_KILL_PROCESS) && can(try_filter, &no);
  isolation->notify = isolation->seccomp && wanted("seccomp-notify", without) &&
                      compile_filter(&filters[1], SCMP_ACT_NOTIFY) && can(try_filter, &yes);
}

static int limit(int resource, rlim_t value) {
  struct rlimit both = {value, value};
  return setrlimit(resource, &both) == 0 ? 0 : errno;
}

int confine_child(const isolation_t *isolation, int *listener) {
  int error = 0;
  // Processor time and memory are set by the supervisor when the program is known.
  if (!error) error = limit(RLIMIT_FSIZE, 16 << 20);
  if (!error) error = limit(RLIMIT_NOFILE, OPEN_FILES);
  if (!error) error = limit(RLIMIT_CORE, 0);
  if (!error) error = limit(RLIMIT_STACK, 64 << 20);
  if (!error) error = limit(RLIMIT_MEMLOCK, 0);
  if (!error) error = limit(RLIMIT_MSGQUEUE, 0);
  if (!error && isolation->landlock) error = restrict_files();
  // Capabilities of the runner's own user namespace go last but for the filter.
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  if (!error && syscall(SYS_capset, &header, none) != 0) error = errno;
  if (!error && isolation->seccomp) error = load_filter(listener && isolation->notify, listener);
  return error;
}
