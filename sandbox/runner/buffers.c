// Memory for what a request brings and for what comes of it. No child has it: a fork finds nothing here of other
// programs' tests, and what the runner writes here breaks up no huge page that it shares with its forks.
#define _GNU_SOURCE
#include "runner.h"

#include <string.h>
#include <sys/mman.h>

enum { GRAIN = 64 << 10, KEPT = 1 << 20 };

bool buffer_reserve(buffer_t *buffer, size_t capacity) {
  if (capacity <= buffer->capacity) return true;
  capacity = (capacity + GRAIN - 1) / GRAIN * GRAIN;
  void *bytes = buffer->bytes ? mremap(buffer->bytes, buffer->capacity, capacity, MREMAP_MAYMOVE)
                              : mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED) return false;
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return madvise(bytes, capacity, MADV_DONTFORK) == 0;
}

bool buffer_append(buffer_t *to, const void *from, size_t count) {
  size_t needed = to->length + count;
  if (needed > to->capacity && !buffer_reserve(to, needed * 2)) return false;
  if (count) memcpy(to->bytes + to->length, from, count);
  to->length = needed;
  return true;
}

void buffer_clear(buffer_t *buffer) {
  buffer->length = 0;
  if (buffer->capacity <= KEPT) return;
  munmap(buffer->bytes, buffer->capacity);
  *buffer = (buffer_t){0};
}
