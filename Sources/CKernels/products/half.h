// As tile.h, for pairs of fp16 that are summed in fp16, which a CPU with AVX512-FP16 does at twice the rate of fp32.
//
// 11 bits of mantissa and 5 of exponent are enough for factors of which each row (of A) and column (of B) is scaled by
// a power of two to at most 16, but not for long sums. After `chain` steps the two sums of a pair are added, made
// fp32, scaled back and added to C: at most 192 products of at most 2^8, less than the largest fp16 in all. A longer chain
// costs precision, a shorter one speed: root of the mean square of errors, of random factors, 0.9, 1.2, 1.5e-3 for
// 32, 64, 96 steps (bf16: 2.4e-3), and 303, 330, 348 GFLOP/s on a core with 175 in fp32.
//
// The scales are the first step of a row, strip or panel (ak_pack_*): fp32, one a row or column. As in tile.h an
// element of C is summed in one order, whatever lies beside it.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define element_t uint32_t
#define right_t uint32_t
enum { NAME(lanes) = 16, NAME(panel) = NAME(lanes) * VECTORS, NAME(chain) = 96 };

#define INLINE static inline __attribute__((always_inline, target(TARGET)))

// Both halves of 32 bits, one added to the other, as floats.
INLINE __m512 NAME(added)(__m512h sum) {
  __m512h swapped = _mm512_castsi512_ph(_mm512_rol_epi32(_mm512_castph_si512(sum), 16));
  return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_castph_si512(_mm512_add_ph(sum, swapped))));
}

INLINE __m512 NAME(scale)(const uint32_t *a) { return _mm512_castsi512_ps(_mm512_set1_epi32((int)*a)); }

INLINE void NAME(tile)(
    const int rows, size_t steps, const uint32_t *a, size_t row, size_t step, const uint32_t *b, float *c,
    size_t c_row, bool add, const char *ahead, size_t pace) {
  __m512 scale[VECTORS];
  for (int v = 0; v < VECTORS; v++) scale[v] = _mm512_loadu_ps(b + v * NAME(lanes));
  for (size_t from = 1; from == 1 || from < steps; from += NAME(chain), add = true) {
    size_t until = steps - from < NAME(chain) ? steps : from + NAME(chain);
    __m512h sum[ROWS][VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
      for (int v = 0; v < VECTORS; v++) sum[r][v] = _mm512_setzero_ph();
    for (size_t i = from; i < until; i++) {
      if (rows > 2) __builtin_prefetch(ahead + i * pace, 0, 2);
      if (rows > 2) __builtin_prefetch(ahead + i * pace + 64, 0, 2);
      __m512h right[VECTORS];
#pragma clang loop unroll(full)
      for (int v = 0; v < VECTORS; v++) right[v] = _mm512_loadu_ph(b + (i * VECTORS + (size_t)v) * NAME(lanes));
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        __m512h left = _mm512_castsi512_ph(_mm512_set1_epi32((int)a[(size_t)r * row + i * step]));
#pragma clang loop unroll(full)
        for (int v = 0; v < VECTORS; v++) sum[r][v] = _mm512_fmadd_ph(left, right[v], sum[r][v]);
      }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
      for (int v = 0; v < VECTORS; v++) {
        float *to = c + (size_t)r * c_row + v * NAME(lanes);
        // One scale after the other: their product may be too large where the sum is not.
        __m512 scaled = _mm512_mul_ps(NAME(added)(sum[r][v]), scale[v]);
        __m512 before = add ? _mm512_loadu_ps(to) : _mm512_setzero_ps();
        _mm512_storeu_ps(to, _mm512_fmadd_ps(scaled, NAME(scale)(a + (size_t)r * row), before));
      }
  }
}

#include "block.h"
