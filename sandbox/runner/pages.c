// Memory laid out so that a fork is cheap. A fork copies an entry of the page tables for each page that the runner
// has written, takes a fault for each page of code that it runs, and gives all of it back at its end; of a huge
// page it is one entry for two megabytes, and no fault.
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE = 2 << 20, TOP = 4 << 20, REGION = 64 << 20 };

static char *aligned_space(size_t size) {
  char *space = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return NULL;
  char *aligned = (char *)(((uintptr_t)space + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
  if (aligned > space) munmap(space, (size_t)(aligned - space));
  munmap(aligned + size, (size_t)(space + HUGE - aligned));
  madvise(aligned, size, MADV_HUGEPAGE);
  return aligned;
}

// Forks so far, and small writes, have broken huge pages up. They become whole again, the heap's for the first time.
static void collapse(char *from, char *to) {
  char *first = (char *)(((uintptr_t)from + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
  char *last = (char *)(((uintptr_t)to + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
  if (last <= first) return;
  madvise(first, (size_t)(last - first), 25 /* MADV_COLLAPSE, Linux 6.1 */);
}

// --- Objects of the interpreter ---

static char *region, *region_next, *heap;
static bool forking;

static bool in_region(const void *at) { return (const char *)at >= region && (const char *)at < region + REGION; }

static void *arena(void *, size_t size) {
  // A child that needs more memory gets it by the page: a huge one would have to be zeroed first.
  if (!forking && region && region_next + size <= region + REGION) {
    void *taken = region_next;
    region_next += size;
    return taken;
  }
  void *space = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return space == MAP_FAILED ? NULL : space;
}

static void free_arena(void *, void *at, size_t size) {
  if (!in_region(at)) munmap(at, size);
}

void use_huge_pages(void) {
  // The heap begins with one.
  uintptr_t end = (uintptr_t)sbrk(0);
  if (sbrk((intptr_t)(-end & (HUGE - 1))) != (void *)-1) heap = sbrk(0);
  mallopt(M_TOP_PAD, TOP);
  region = region_next = aligned_space(REGION);
  PyObjectArenaAllocator allocator = {NULL, arena, free_arena};
  PyObject_SetArenaAllocator(&allocator);
}

void begin_forking(void) { forking = true; }

// --- Code ---

extern char __executable_start[], etext[];

// Puts a copy of this executable's code, in huge pages, where the code is. What fills no huge page, and all of it
// on a machine that has none, stays as it is.
void use_huge_code(void) {
  char *from = (char *)(((uintptr_t)__executable_start + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
  char *to = (char *)((uintptr_t)etext & ~(uintptr_t)(HUGE - 1));
  if (from >= to) return;
  size_t size = (size_t)(to - from);
  char *copy = aligned_space(size);
  if (!copy) return;
  memcpy(copy, from, size);
  if (mprotect(copy, size, PROT_READ | PROT_EXEC) != 0 ||
      mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, from) == MAP_FAILED)
    munmap(copy, size);
}

// --- Before the first fork ---

// Takes what is free in the heap, in all sizes: forks then allocate one behind the other at its end, where they
// would else write to a page for nearly each allocation.
static void fill_heap(void) {
  mallopt(M_TOP_PAD, TOP);  // joins what was freed, too
  char *last = malloc(128 << 10);
  for (size_t size = 64 << 10; last && size >= 16; size -= size > 1040 ? size / 8 : 16) {
    char *taken;
    while ((taken = malloc(size)) && taken < last) {}
    free(taken);
  }
}

void settle_pages(void) {
  fill_heap();
  if (region) collapse(region, region_next);
  if (heap) collapse(heap, sbrk(0));
}
