// Puts rows, and columns of a matrix that lies as the product reads it, into the order of products.
#include "pack.h"

INLINE void rows_of(
    uint32_t *restrict out, size_t out_row, const float *restrict x, size_t row, size_t rows, size_t k, kind_t kind) {
  for (size_t r = 0; r < rows; r++) {
    const float *from = x + r * row;
    uint32_t *to = out + r * out_row;
    scaling_t scaled = {1, 0};
    if (kind != BF16) {
      scaled = scaling_of(from, k);
      *to++ = scaled.back;
    }
    for (size_t i = 0; i < k / 2; i++) to[i] = paired(from[2 * i], from[2 * i + 1], scaled.factor, kind);
    if (k % 2) to[k / 2] = paired(from[k - 1], 0, scaled.factor, kind);
  }
}

#if defined(__x86_64__)
INLINE __mmask16 first_lanes(size_t count) { return count < 16 ? (__mmask16)((1u << count) - 1) : 0xffff; }
#endif

// As `rows_of` makes fp16: pairs along a row are the row itself.
WITH_INSTRUCTION static void rows_by_instruction(
    uint32_t *restrict out, size_t out_row, const float *restrict x, size_t row, size_t rows, size_t k) {
#if defined(__x86_64__)
  for (size_t r = 0; r < rows; r++) {
    const float *from = x + r * row;
    scaling_t scaled = scaling_of(from, k);
    out[r * out_row] = scaled.back;
    uint16_t *to = (uint16_t *)(out + r * out_row + 1);
    __m512 by = _mm512_set1_ps(scaled.factor);
    for (size_t i = 0; i < k; i += 16) {
      __mmask16 in = first_lanes(k - i);
      __m512 values = _mm512_mul_ps(_mm512_maskz_loadu_ps(in, from + i), by);
      __m256i halves = _mm512_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT);
      if (in == 0xffff) _mm256_storeu_si256((__m256i *)(to + i), halves);
      else memcpy(to + i, &halves, (k - i + 1) / 2 * sizeof(uint32_t));
    }
  }
#else
  (void)out, (void)out_row, (void)x, (void)row, (void)rows, (void)k;
#endif
}

CLONES void ak_pack_rows(
    uint32_t *restrict out, size_t out_row, const float *restrict x, size_t row, size_t rows, size_t k,
    ak_element_t element) {
  if (element == AK_BF16) rows_of(out, out_row, x, row, rows, k, BF16);
  else if (has_instruction()) rows_by_instruction(out, out_row, x, row, rows, k);
  else rows_of(out, out_row, x, row, rows, k, FP16);
}

// One strip or panel of `width` columns out of x[k, ...]: [k, width], or pairs [ceil(k / 2), width].
INLINE void columns(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have,
    kind_t kind) {
  if (kind == FP32) {
    float *to = out;
    for (size_t i = 0; i < k; i++, to += width) {
      for (size_t j = 0; j < have; j++) to[j] = x[i * row + j];
      for (size_t j = have; j < width; j++) to[j] = 0;
    }
    return;
  }
  uint32_t *to = out;
  float by[WIDEST] = {0};  // of fp16 alone
  if (kind != BF16) {
    uint32_t most[WIDEST] = {0};
    for (size_t i = 0; i < k; i++)
      for (size_t j = 0; j < have; j++) {
        uint32_t here = magnitude(x[i * row + j]);
        most[j] = here > most[j] ? here : most[j];
      }
    for (size_t j = 0; j < width; j++) {
      scaling_t scaled = scaling(j < have ? most[j] : 0);
      by[j] = scaled.factor;
      to[j] = scaled.back;
    }
    to += width;
  }
  for (size_t i = 0; i < k; i += 2, to += width) {
    const float *first = x + i * row, *second = first + row;
    if (i + 1 < k)
      for (size_t j = 0; j < have; j++) to[j] = paired(first[j], second[j], by[j], kind);
    else
      for (size_t j = 0; j < have; j++) to[j] = paired(first[j], 0, by[j], kind);
    for (size_t j = have; j < width; j++) to[j] = 0;
  }
}

// As `columns` makes fp16, 16 columns at a time.
WITH_INSTRUCTION static void columns_by_instruction(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have) {
#if defined(__x86_64__)
  // What a panel has is what the compiler does well.
  if (width == 32 && have == 32) return columns(out, x, row, k, 32, 32, FP16_BY_INSTRUCTION);
  for (size_t j = 0; j < width; j += 16) {
    __mmask16 in = have > j ? first_lanes(have - j) : 0;
    __mmask16 made = first_lanes(width - j);
    uint32_t *to = (uint32_t *)out + j;
    const float *from = x + j;
    __m512i most = _mm512_setzero_si512();
    for (size_t i = 0; i < k; i++) {
      __m512i bits = _mm512_castps_si512(_mm512_maskz_loadu_ps(in, from + i * row));
      most = _mm512_max_epu32(most, _mm512_and_si512(bits, _mm512_set1_epi32(0x7fffffff)));
    }
    uint32_t each[16];
    float factors[16];
    _mm512_storeu_si512(each, most);
    for (int l = 0; l < 16; l++) {
      scaling_t scaled = scaling(each[l]);
      factors[l] = scaled.factor;
      each[l] = scaled.back;
    }
    __m512 by = _mm512_loadu_ps(factors);
    _mm512_mask_storeu_epi32(to, made, _mm512_loadu_si512(each));
    for (size_t i = 0; i < k; i += 2) {
      __m512 first = _mm512_mul_ps(_mm512_maskz_loadu_ps(in, from + i * row), by);
      __mmask16 odd = i + 1 < k ? in : 0;
      __m512 second = _mm512_mul_ps(_mm512_maskz_loadu_ps(odd, from + (i + 1) * row), by);
      __m512i low = _mm512_cvtepu16_epi32(_mm512_cvtps_ph(first, _MM_FROUND_TO_NEAREST_INT));
      __m512i high = _mm512_cvtepu16_epi32(_mm512_cvtps_ph(second, _MM_FROUND_TO_NEAREST_INT));
      _mm512_mask_storeu_epi32(to += width, made, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
#else
  (void)out, (void)x, (void)row, (void)k, (void)width, (void)have;
#endif
}

CLONES void ak_pack_columns(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have,
    ak_element_t element) {
#define OF(WIDTH, KIND) \
  if (have == WIDTH && width == WIDTH) return columns(out, x, row, k, WIDTH, WIDTH, KIND);
// With the usual widths known, the loops are unrolled.
#define ANY(KIND)                                      \
  {                                                    \
    OF(32, KIND) OF(16, KIND) OF(12, KIND) OF(6, KIND) \
    columns(out, x, row, k, width, have, KIND);        \
  }
  if (element == AK_FP32) ANY(FP32)
  else if (element == AK_BF16) ANY(BF16)
  else if (has_instruction()) columns_by_instruction(out, x, row, k, width, have);
  else columns(out, x, row, k, width, have, FP16);
#undef ANY
#undef OF
}
