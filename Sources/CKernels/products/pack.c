// Puts matrices into the order that products read them in. bf16 lie in pairs along the summed dimension, the
// earlier one in the lower half of 32 bits; an odd last one is paired with zero.
#include "products.h"

#include "../vector.h"

static inline __attribute__((always_inline)) uint32_t paired(float first, float second) {
  return vector_bf16(first) | vector_bf16(second) << 16;
}

CLONES void ak_pack_rows(
    uint32_t *restrict out, size_t out_row, const float *restrict x, size_t row, size_t rows, size_t k, float scale) {
  for (size_t r = 0; r < rows; r++) {
    const float *from = x + r * row;
    uint32_t *to = out + r * out_row;
    for (size_t i = 0; i < k / 2; i++) to[i] = paired(from[2 * i] * scale, from[2 * i + 1] * scale);
    if (k % 2) to[k / 2] = paired(from[k - 1] * scale, 0);
  }
}

// One strip or panel of `width` columns out of x[k, ...]: [k, width], or pairs [ceil(k / 2), width].
static inline __attribute__((always_inline)) void columns(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have, bool bf16) {
  if (!bf16) {
    float *to = out;
    for (size_t i = 0; i < k; i++, to += width) {
      for (size_t j = 0; j < have; j++) to[j] = x[i * row + j];
      for (size_t j = have; j < width; j++) to[j] = 0;
    }
    return;
  }
  uint32_t *to = out;
  for (size_t i = 0; i < k; i += 2, to += width) {
    const float *first = x + i * row, *second = first + row;
    if (i + 1 < k)
      for (size_t j = 0; j < have; j++) to[j] = paired(first[j], second[j]);
    else
      for (size_t j = 0; j < have; j++) to[j] = paired(first[j], 0);
    for (size_t j = have; j < width; j++) to[j] = 0;
  }
}

CLONES void ak_pack_columns(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have, bool bf16) {
  // With the usual widths known, the loops are unrolled.
  if (have == 32 && width == 32) columns(out, x, row, k, 32, 32, bf16);
  else if (have == 16 && width == 16) columns(out, x, row, k, 16, 16, bf16);
  else if (have == 12 && width == 12) columns(out, x, row, k, 12, 12, bf16);
  else if (have == 6 && width == 6) columns(out, x, row, k, 6, 6, bf16);
  else columns(out, x, row, k, width, have, bf16);
}

typedef uint32_t sixteen_t __attribute__((vector_size(64), aligned(4)));

// Four rounds, each exchanging blocks of half the size between rows: a transposition of 16 x 16.
static inline __attribute__((always_inline)) void transpose(sixteen_t *x) {
#define ROUND(step)                                                             \
  for (int i = 0; i < 16; i++)                                                  \
    if (!(i & step)) {                                                          \
      sixteen_t a = x[i], b = x[i + step];                                      \
      x[i] = __builtin_shufflevector(a, b, LOW(step));                          \
      x[i + step] = __builtin_shufflevector(a, b, HIGH(step));                  \
    }
#define AT(step, l) ((l) & (step) ? 16 + ((l) ^ (step)) : (l))
#define UP(step, l) ((l) & (step) ? 16 + (l) : ((l) ^ (step)))
#define ALL(f, step)                                                                                            \
  f(step, 0), f(step, 1), f(step, 2), f(step, 3), f(step, 4), f(step, 5), f(step, 6), f(step, 7), f(step, 8),   \
      f(step, 9), f(step, 10), f(step, 11), f(step, 12), f(step, 13), f(step, 14), f(step, 15)
#define LOW(step) ALL(AT, step)
#define HIGH(step) ALL(UP, step)
  ROUND(8) ROUND(4) ROUND(2) ROUND(1)
}

// As `vector_bf16`, of 16 in place.
static inline __attribute__((always_inline)) void rounded(sixteen_t *x) {
  sixteen_t bits = *x, up = bits + 0x7fffu + (bits >> 16 & 1u);
  sixteen_t is_nan = (sixteen_t)((bits & 0x7fffffffu) > 0x7f800000u);
  *x = (is_nan & (bits | 0x400000u)) >> 16 | (~is_nan & up) >> 16;
}

// 16 rows of x, 16 steps of each: out[step, row].
static inline __attribute__((always_inline)) void transposed_block(
    uint32_t *restrict out, size_t width, const float *restrict x, size_t row, bool bf16) {
  sixteen_t block[16];
  for (int r = 0; r < 16; r++) {
    const float *from = x + (size_t)r * row;
    if (!bf16) block[r] = *(const sixteen_t *)from;
    else {
      sixteen_t a = *(const sixteen_t *)from, b = *(const sixteen_t *)(from + 16);
      rounded(&a);
      rounded(&b);
      block[r] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) |
                 __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31) << 16;
    }
  }
  transpose(block);
  for (int s = 0; s < 16; s++) *(sixteen_t *)(out + (size_t)s * width) = block[s];
}

// The same of a matrix that lies the other way, x[width, k].
CLONES void ak_pack_transposed(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have, bool bf16) {
  enum { BLOCK = 16 };
  size_t steps = bf16 ? (k + 1) / 2 : k;
  uint32_t *to = out;
  size_t whole = have == width && width % BLOCK == 0 ? (bf16 ? k / 2 : k) / BLOCK * BLOCK : 0;
  for (size_t i = 0; i < whole; i += BLOCK, to += BLOCK * width)
    for (size_t j = 0; j < width; j += BLOCK)
      transposed_block(to + j, width, x + j * row + i * (bf16 ? 2 : 1), row, bf16);
  for (size_t i = whole; i < steps; i += BLOCK) {
    size_t count = steps - i < BLOCK ? steps - i : BLOCK;
    uint32_t block[64][BLOCK];
    for (size_t j = 0; j < have; j++) {
      const float *from = x + j * row;
      if (!bf16) memcpy(block[j], from + i, count * sizeof(float));
      else
        for (size_t s = 0; s < count; s++) {
          size_t at = 2 * (i + s);
          block[j][s] = paired(from[at], at + 1 < k ? from[at + 1] : 0);
        }
    }
    for (size_t s = 0; s < count; s++, to += width) {
      for (size_t j = 0; j < have; j++) to[j] = block[j][s];
      for (size_t j = have; j < width; j++) to[j] = 0;
    }
  }
}

CLONES void ak_pack_eight_bits(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have) {
#pragma clang fp reassociate(off) reciprocal(off)
  int8_t *to = out;
  for (size_t first = 0; first < k; first += EIGHT_BIT_BLOCK, to += width * (EIGHT_BIT_BLOCK + sizeof(float))) {
    size_t count = k - first < EIGHT_BIT_BLOCK ? k - first : EIGHT_BIT_BLOCK;
    float *scales = (float *)to;
    int8_t *q = to + width * sizeof(float);
    memset(q, 0, width * EIGHT_BIT_BLOCK);
    for (size_t j = 0; j < width; j++) {
      if (j >= have) {
        scales[j] = 0;
        continue;
      }
      const float *from = x + j * row + first;
      float most = 0;
      for (size_t i = 0; i < count; i++) most = __builtin_fabsf(from[i]) > most ? __builtin_fabsf(from[i]) : most;
      float scale = most / 127, inverse = most > 0 ? 1 / scale : 0;
      scales[j] = scale;
      // Below 2^-121 the inverse overflows: such a block is nothing.
      if (!__builtin_isfinite(inverse)) inverse = 0;
      for (size_t i = 0; i < count; i++) q[i * width + j] = (int8_t)__builtin_rintf(from[i] * inverse);
    }
  }
}
