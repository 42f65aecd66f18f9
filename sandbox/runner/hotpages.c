// Which pages a small program touches, found out once: a child that has nothing to do takes them while it waits.
// A page costs as much so as by a fault, but it is not the next program that waits for it.
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, RANGES = 512 };

typedef struct {
  uintptr_t from, to;
  bool written;
} range_t;

// Shared with the child that looks.
static struct {
  size_t count;
  range_t ranges[RANGES];
} *hot;

static void add_page(uintptr_t page, bool written) {
  range_t *last = hot->count ? &hot->ranges[hot->count - 1] : NULL;
  // One page more costs less than one call more.
  if (last && last->written == written && page <= last->to + PAGE) {
    last->to = page + PAGE;
  } else if (hot->count < RANGES) {
    hot->ranges[hot->count++] = (range_t){page, page + PAGE, written};
  }
}

// In the child, after its program: pages of its own were written, and those of files that are there were read.
static void look(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  char line[4608];
  while (maps && pagemap >= 0 && fgets(line, sizeof line, maps)) {
    unsigned long from, to;
    char access[8];
    if (sscanf(line, "%lx-%lx %7s", &from, &to, access) != 3 || access[0] != 'r' || strstr(line, "[v")) continue;
    for (uintptr_t at = from; at < to; at += 512 * PAGE) {
      uint64_t entries[512];
      ssize_t got = pread(pagemap, entries, sizeof entries, (off_t)(at / PAGE * sizeof *entries));
      for (size_t i = 0; got > 0 && i < (size_t)got / sizeof *entries && at + i * PAGE < to; i++) {
        bool present = entries[i] >> 63 & 1, of_file = entries[i] >> 61 & 1, exclusive = entries[i] >> 56 & 1;
        if (present && of_file) add_page(at + i * PAGE, false);
        if (present && !of_file && exclusive && access[1] == 'w') add_page(at + i * PAGE, true);
      }
    }
  }
  if (maps) fclose(maps);
  if (pagemap >= 0) close(pagemap);
}

void find_hot_pages(void) {
  hot = mmap(NULL, sizeof *hot, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (hot == MAP_FAILED) hot = NULL;
  pid_t child = hot ? fork() : -1;
  if (child == 0) {
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    run_sample();
    look();
    _exit(0);
  }
  int status = 1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  // What can't be had costs time, no more.
  if (hot && status != 0) hot->count = 0;
}

void take_hot_pages(void) {
  for (size_t i = 0; hot && i < hot->count; i++) {
    const range_t *range = &hot->ranges[i];
    madvise((void *)range->from, range->to - range->from, range->written ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  }
}
