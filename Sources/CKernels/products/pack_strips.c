// Strips that lie beside each other, packed in one pass over their rows. One after the other, each would read a few
// columns of every row; and rows that lie kilobytes apart push each other out of the caches, again for each strip: twice
// the time, on an Emerald Rapids.
#include "pack.h"

enum { BESIDE = 128, BLOCK = 32 };  // columns of a pass; rows of a block

#if defined(__x86_64__)
// Whole strips of `width` columns, at most BESIDE in all, as `ak_pack_columns` makes fp16.
WITH_INSTRUCTION __attribute__((always_inline)) static inline void strips_by_instruction(
    uint32_t *restrict out, const float *restrict x, size_t row, size_t k, size_t strips, const size_t width) {
  size_t columns = strips * width, size = ((k + 1) / 2 + 1) * width;
  uint32_t most[BESIDE] = {0};
  float by[BESIDE];
  for (size_t i = 0; i < k; i++)
    for (size_t j = 0; j < columns; j++) {
      uint32_t here = magnitude(x[i * row + j]);
      most[j] = here > most[j] ? here : most[j];
    }
  for (size_t j = 0; j < columns; j++) {
    scaling_t scaled = scaling(most[j]);
    by[j] = scaled.factor;
    out[j / width * size + j % width] = scaled.back;
  }
  __mmask16 in = (__mmask16)((1u << width) - 1);
  for (size_t i = 0; i < k; i += 2) {
    const float *from = x + i * row;
    __mmask16 second_in = i + 1 < k ? in : 0;
    uint32_t *to = out + (i / 2 + 1) * width;
    for (size_t j = 0; j < columns; j += width, to += size) {
      __m512 scale = _mm512_maskz_loadu_ps(in, by + j);
      __m512 first = _mm512_mul_ps(_mm512_maskz_loadu_ps(in, from + j), scale);
      __m512 second = _mm512_mul_ps(_mm512_maskz_loadu_ps(second_in, from + row + j), scale);
      __m512i low = _mm512_cvtepu16_epi32(_mm512_cvtps_ph(first, _MM_FROUND_TO_NEAREST_INT));
      __m512i high = _mm512_cvtepu16_epi32(_mm512_cvtps_ph(second, _MM_FROUND_TO_NEAREST_INT));
      _mm512_mask_storeu_epi32(to, in, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

WITH_INSTRUCTION static void strips_of_12(
    uint32_t *restrict out, const float *restrict x, size_t row, size_t k, size_t strips) {
  strips_by_instruction(out, x, row, k, strips, 12);
}
#endif

void ak_pack_strips(
    void *out, const float *x, size_t row, size_t k, size_t columns, size_t width, ak_element_t element) {
  size_t steps = element == AK_FP32 ? k : (k + 1) / 2, scales = element == AK_FP16;
  uint32_t *to = out;
  size_t first = 0;
  if (element == AK_FP16) {
#if defined(__x86_64__)
    size_t at_once = BESIDE / 12;
    for (size_t left = columns / 12; width == 12 && has_instruction() && left > 0;) {
      size_t strips = left < at_once ? left : at_once;
      strips_of_12(to + first * (steps + 1), x + first, row, k, strips);
      first += strips * 12;
      left -= strips;
    }
#endif
  } else {
    for (size_t i = 0; i + BLOCK <= k; i += BLOCK)
      for (size_t j = 0; j + width <= columns; j += width)
        ak_pack_columns(
            to + j * steps + (element == AK_FP32 ? i : i / 2) * width, x + i * row + j, row, BLOCK, width, width, element);
    size_t done = k / BLOCK * BLOCK, at = element == AK_FP32 ? done : done / 2;
    for (size_t j = 0; done < k && j + width <= columns; j += width)
      ak_pack_columns(to + j * steps + at * width, x + done * row + j, row, k - done, width, width, element);
    first = columns / width * width;
  }
  for (; first < columns; first += width) {
    size_t have = columns - first < width ? columns - first : width;
    ak_pack_columns(to + first * (steps + scales), x + first, row, k, have, have, element);
  }
}
