// The body of a matrix product, for one kind of vector: included by each file of this folder, which defines
//
//   TARGET          what the functions are compiled for, as the attribute `target` writes it
//   vector_t        PANEL / VECTORS floats
//   element_t       what lies in memory for one step: a float, or a pair of bf16
//   right_t         the same of the right factor, where it is another: fp16, of a cache
//   ROWS, VECTORS   of a tile that stays in registers: rows of A, vectors of B
//   LOAD, STORE, ZERO, SPREAD (an element of A to all lanes), MULTIPLY_ADD(sum, a, b)
//   NAME(x)         the name with the kind's suffix
//
// A tile is rows of C by a panel of its columns. Each element of C is summed over k in order, in one
// accumulator: it does not depend on how many rows or columns there are, nor on which tile it falls into.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME(lanes) = sizeof(vector_t) / sizeof(float), NAME(panel) = NAME(lanes) * VECTORS };

#ifndef right_t
#define right_t element_t
#endif
#define INLINE static inline __attribute__((always_inline, target(TARGET)))

// `row` and `step` are distances in elements of A between two rows and between two steps of k. Each step asks for
// memory from `ahead` on, `pace` bytes further each time: the next panel, which else waits for the main memory. One
// row, or two, stream through all panels: what the processor fetches ahead by itself is faster then.
INLINE void NAME(tile)(
    const int rows, size_t steps, const element_t *a, size_t row, size_t step, const right_t *b, float *c,
    size_t c_row, bool add, const char *ahead, size_t pace) {
  vector_t sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS; v++)
      sum[r][v] = add ? LOAD(c + (size_t)r * c_row + v * NAME(lanes)) : ZERO();
  for (size_t i = 0; i < steps; i++) {
    if (rows > 2) __builtin_prefetch(ahead + i * pace, 0, 2);
    if (rows > 2 && sizeof(right_t) * NAME(panel) > 64) __builtin_prefetch(ahead + i * pace + 64, 0, 2);
    panel_t right[VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS; v++) right[v] = LOAD_PANEL(b + (i * VECTORS + (size_t)v) * NAME(lanes));
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      panel_t left = SPREAD(a[(size_t)r * row + i * step]);
#pragma clang loop unroll(full)
      for (int v = 0; v < VECTORS; v++) sum[r][v] = MULTIPLY_ADD(sum[r][v], right[v], left);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS; v++) STORE(c + (size_t)r * c_row + v * NAME(lanes), sum[r][v]);
}

#include "block.h"
