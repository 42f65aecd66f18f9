// Puts a matrix that lies the other way, as a weight does, into the order of products: in full and in 8 bits.
#include "pack.h"

typedef uint32_t sixteen_t __attribute__((vector_size(64), aligned(4)));

// Four rounds, each exchanging blocks of half the size between rows: a transposition of 16 x 16.
INLINE void transpose(sixteen_t *x) {
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
INLINE void rounded_bf16(sixteen_t *x) {
  sixteen_t bits = *x, up = bits + 0x7fffu + (bits >> 16 & 1u);
  sixteen_t is_nan = (sixteen_t)((bits & 0x7fffffffu) > 0x7f800000u);
  *x = (is_nan & (bits | 0x400000u)) >> 16 | (~is_nan & up) >> 16;
}

// As `vector_fp16`, of 16 times `by` in place.
INLINE void rounded_fp16(sixteen_t *x, float by) {
  typedef float floats_t __attribute__((vector_size(64), aligned(4)));
  sixteen_t bits = (sixteen_t)((floats_t)*x * by), size = bits & 0x7fffffffu;
  sixteen_t subnormal = (sixteen_t)((floats_t)size + 0.5f) - 0x3f000000u;
  sixteen_t normal = (size + 0xfffu + (size >> 13 & 1u) - 0x38000000u) >> 13;
  sixteen_t is_small = (sixteen_t)(size < 0x38800000u);
  *x = (bits >> 16 & 0x8000u) | (is_small & subnormal) | (~is_small & normal);
}

// 16 rows of x, 16 steps of each: out[step, row].
INLINE void transposed_block(
    uint32_t *restrict out, size_t width, const float *restrict x, size_t row, kind_t kind, const float *by) {
  sixteen_t block[16];
  for (int r = 0; r < 16; r++) {
    const float *from = x + (size_t)r * row;
    if (kind == FP32) {
      block[r] = *(const sixteen_t *)from;
      continue;
    }
    if (kind == FP16_BY_INSTRUCTION) {
      typedef float floats_t __attribute__((vector_size(128), aligned(4)));
      typedef _Float16 halves_t __attribute__((vector_size(64)));
      block[r] = (sixteen_t)__builtin_convertvector(*(const floats_t *)from * by[r], halves_t);
      continue;
    }
    sixteen_t a = *(const sixteen_t *)from, b = *(const sixteen_t *)(from + 16);
    if (kind == BF16) {
      rounded_bf16(&a);
      rounded_bf16(&b);
    } else {
      rounded_fp16(&a, by[r]);
      rounded_fp16(&b, by[r]);
    }
    block[r] = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) |
               __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31) << 16;
  }
  transpose(block);
  for (int s = 0; s < 16; s++) *(sixteen_t *)(out + (size_t)s * width) = block[s];
}

INLINE void transposed(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have,
    kind_t kind) {
  enum { BLOCK = 16 };
  bool pairs = kind != FP32;
  size_t steps = pairs ? (k + 1) / 2 : k;
  uint32_t *to = out;
  float by[WIDEST] = {0};  // of fp16 alone
  if (pairs && kind != BF16) {
    for (size_t j = 0; j < width; j++) {
      scaling_t scaled = j < have ? scaling_of(x + j * row, k) : scaling(0);
      by[j] = scaled.factor;
      to[j] = scaled.back;
    }
    to += width;
  }
  size_t whole = have == width && width % BLOCK == 0 ? (pairs ? k / 2 : k) / BLOCK * BLOCK : 0;
  for (size_t i = 0; i < whole; i += BLOCK, to += BLOCK * width)
    for (size_t j = 0; j < width; j += BLOCK)
      transposed_block(to + j, width, x + j * row + i * (pairs ? 2 : 1), row, kind, by + j);
  for (size_t i = whole; i < steps; i += BLOCK) {
    size_t count = steps - i < BLOCK ? steps - i : BLOCK;
    uint32_t block[WIDEST][BLOCK];
    for (size_t j = 0; j < have; j++) {
      const float *from = x + j * row;
      if (!pairs) memcpy(block[j], from + i, count * sizeof(float));
      else
        for (size_t s = 0; s < count; s++) {
          size_t at = 2 * (i + s);
          block[j][s] = paired(from[at], at + 1 < k ? from[at + 1] : 0, by[j], kind);
        }
    }
    for (size_t s = 0; s < count; s++, to += width) {
      for (size_t j = 0; j < have; j++) to[j] = block[j][s];
      for (size_t j = have; j < width; j++) to[j] = 0;
    }
  }
}

WITH_INSTRUCTION static void transposed_by_instruction(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have) {
  transposed(out, x, row, k, width, have, FP16_BY_INSTRUCTION);
}

// The same of a matrix that lies the other way, x[width, k].
CLONES void ak_pack_transposed(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have,
    ak_element_t element) {
  if (element == AK_FP32) transposed(out, x, row, k, width, have, FP32);
  else if (element == AK_BF16) transposed(out, x, row, k, width, have, BF16);
  else if (has_instruction()) transposed_by_instruction(out, x, row, k, width, have);
  else transposed(out, x, row, k, width, have, FP16);
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
