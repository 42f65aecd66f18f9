// What isolates the runner, once: namespaces and a private root. Each layer is tried; what can't be had is left
// out and reported.
#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOLDERS = 48 };

// Folders that programs may read: Python's library, the shared libraries in use, the packages.
static char folders[FOLDERS][512];
static size_t folder_count;

static void add_folder(const char *path) {
  char real[4096];
  struct stat entry;
  if (!realpath(path, real) || stat(real, &entry) != 0 || !S_ISDIR(entry.st_mode)) return;
  if (strlen(real) >= sizeof folders[0] || folder_count == FOLDERS || !strcmp(real, "/")) return;
  for (size_t i = 0; i < folder_count; i++) {
    size_t length = strlen(folders[i]);
    // One below another comes with it.
    if (!strncmp(real, folders[i], length) && (real[length] == 0 || real[length] == '/')) return;
  }
  strcpy(folders[folder_count++], real);
}

// The standard library's folders, those of the shared libraries mapped here, the packages.
static void find_folders(char **packages) {
  char line[4608], path[4096];
  for (char **library = library_folders(); *library; library++) add_folder(*library);
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps)) {
    if (sscanf(line, "%*s %*s %*s %*s %*s %4095[^\n]", path) != 1 || path[0] != '/') continue;
    char *name = strrchr(path, '/');
    if (!strstr(name, ".so")) continue;
    *name = 0;
    add_folder(path);
  }
  if (maps) fclose(maps);
  for (; *packages; packages++) add_folder(*packages);
  add_folder("/usr/share/zoneinfo");
}

static bool write_file(int folder, const char *path, const char *text) {
  int fd = openat(folder, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  close(fd);
  return done;
}

bool can(int (*attempt)(const void *), const void *with) {
  pid_t child = fork();
  if (child == 0) _exit(attempt(with));
  int status = 1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return child > 0 && status == 0;
}

static int try_unshare(const void *flags) { return unshare(*(const int *)flags) == 0 ? 0 : 1; }

static bool can_unshare(int flags) { return can(try_unshare, &flags); }

// --- A private root ---

static bool make_folders(const char *path) {
  char part[4096];
  for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
    if (mkdir(part, 0755) != 0 && errno != EEXIST) return false;
  }
  return mkdir(path, 0755) == 0 || errno == EEXIST;
}

static bool bind_read_only(const char *from, const char *to) {
  if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) != 0) return false;
  // Flags that the mount has already may be locked: leaving one out would be refused.
  struct statvfs now;
  unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV;
  if (statvfs(to, &now) == 0) {
    if (now.f_flag & ST_NOEXEC) flags |= MS_NOEXEC;
    if (now.f_flag & ST_NOATIME) flags |= MS_NOATIME;
    if (now.f_flag & ST_NODIRATIME) flags |= MS_NODIRATIME;
    if (now.f_flag & ST_RELATIME) flags |= MS_RELATIME;
  }
  return mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | flags, NULL) == 0;
}

static bool mount_scratch(const char *place) {
  return mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=32m,nr_inodes=4k,mode=700") == 0;
}

// A tmpfs with what programs may read, read-only, and a place for /scratch; everything else is gone.
static bool private_root(void) {
  const char *root = "/tmp";
  char place[4096];
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
  // What lies below /tmp itself would be hidden by the new root: it is opened before.
  int opened[FOLDERS];
  for (size_t i = 0; i < folder_count; i++) opened[i] = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") != 0) return false;
  for (size_t i = 0; i < folder_count; i++) {
    char from[64];
    snprintf(place, sizeof place, "%s%s", root, folders[i]);
    snprintf(from, sizeof from, "/proc/self/fd/%d", opened[i]);
    if (opened[i] < 0 || !make_folders(place) || !bind_read_only(from, place)) return false;
    close(opened[i]);
  }
  snprintf(place, sizeof place, "%s/scratch", root);
  if (!make_folders(place)) return false;
  snprintf(place, sizeof place, "%s/tmp", root);
  mkdir(place, 0755);
  if (chdir(root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) return false;
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) return false;
  mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
  return true;
}

// How many files a scratch folder can take: as many as at the beginning where it is empty.
static fsfilcnt_t free_files(void) {
  struct statvfs now;
  return statvfs("/scratch", &now) == 0 ? now.f_ffree : 0;
}

bool clean_scratch(const isolation_t *isolation) {
  static fsfilcnt_t when_empty;
  if (!isolation->scratch) return true;
  fsfilcnt_t left = free_files();
  if (left && left == when_empty) return true;
  if (chdir("/") != 0 || umount2("/scratch", MNT_DETACH) != 0) return false;
  if (!mount_scratch("/scratch") || chdir("/scratch") != 0) return false;
  when_empty = free_files();
  return renew_files(isolation);
}

// --- All of it ---

static bool wanted(const char *layer, char **without) {
  for (; *without; without++)
    if (!strcmp(*without, layer)) return false;
  return true;
}

static void measure(isolation_t *isolation) {
  unsigned long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%lu %lu", &pages, &resident) != 2) pages = resident = 0;
  if (file) fclose(file);
  isolation->space = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
  isolation->resident = (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void become_nobody(void) {
  // Root would own what it sees: the children belong to nobody.
  if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
    fprintf(stderr, "sandbox-runner: can't become nobody: %s\n", strerror(errno));
  prctl(PR_SET_DUMPABLE, 1);  // or /proc/self/uid_map belongs to root
}

static bool map_user(int proc, uid_t uid, gid_t gid) {
  char map[64];
  write_file(proc, "self/setgroups", "deny");
  snprintf(map, sizeof map, "0 %d 1", uid);
  bool mapped = write_file(proc, "self/uid_map", map);
  snprintf(map, sizeof map, "0 %d 1", gid);
  return write_file(proc, "self/gid_map", map) && mapped;
}

void isolate_runner(isolation_t *isolation, char **packages, char **without) {
  measure(isolation);
  find_folders(packages);
  isolation->proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool users = wanted("user-namespace", without) && can_unshare(CLONE_NEWUSER);
  bool mounts = wanted("mount-namespace", without);
  // While it is root it may still enter folders that nobody else may, such as root's own.
  bool rooted = geteuid() == 0 && users && mounts && unshare(CLONE_NEWNS) == 0 && private_root();
  if (geteuid() == 0) become_nobody();
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (users && unshare(CLONE_NEWUSER) == 0) isolation->user = map_user(isolation->proc_fd, uid, gid);
  if (isolation->user) {
    isolation->network = wanted("network-namespace", without) && unshare(CLONE_NEWNET) == 0;
    isolation->ipc = wanted("ipc-namespace", without) && unshare(CLONE_NEWIPC) == 0;
    isolation->uts = wanted("uts-namespace", without) && unshare(CLONE_NEWUTS) == 0;
    if (mounts && unshare(CLONE_NEWNS) == 0) {
      isolation->mount = rooted || private_root();
      isolation->scratch = isolation->mount && mount_scratch("/scratch");
    }
    isolation->pid = wanted("pid-namespace", without) && can_unshare(CLONE_NEWPID);
  }
  if (chdir(isolation->scratch ? "/scratch" : "/") != 0)
    fprintf(stderr, "sandbox-runner: chdir: %s\n", strerror(errno));
  for (size_t i = 0; i < folder_count; i++) allow_folder(folders[i]);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prepare_confinement(isolation, without);
  prctl(PR_SET_DUMPABLE, 0);
}

void describe_isolation(const isolation_t *isolation, char *text, size_t size) {
  const struct {
    bool on;
    const char *name;
  } layers[] = {
      {true, "rlimits"}, {isolation->seccomp, "seccomp"}, {isolation->notify, "seccomp-notify"},
      {isolation->landlock, "landlock"}, {isolation->user, "user-namespace"},
      {isolation->mount, "mount-namespace"}, {isolation->network, "network-namespace"},
      {isolation->pid, "pid-namespace"}, {isolation->ipc, "ipc-namespace"}, {isolation->uts, "uts-namespace"},
  };
  text[0] = 0;
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
    if (!layers[i].on) continue;
    if (text[0]) strncat(text, ",", size - strlen(text) - 1);
    strncat(text, layers[i].name, size - strlen(text) - 1);
  }
}
