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

// The same of a matrix that lies the other way, x[width, k].
CLONES void ak_pack_transposed(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have, bool bf16) {
  enum { BLOCK = 16 };
  size_t steps = bf16 ? (k + 1) / 2 : k;
  uint32_t *to = out;
  for (size_t i = 0; i < steps; i += BLOCK) {
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
