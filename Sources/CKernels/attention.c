// Softmax over rows of attention scores, forward and backward, and the cache of keys and values.
//
// One compiled function serves sampling and training, so that a row comes out the same, bit for bit.
#include "CKernels.h"
#include "vector.h"

#include <math.h>

CLONES __attribute__((noinline)) float ak_attention_softmax(
    float *s, size_t from, size_t count, size_t padded, float scale) {
  float max = vector_max(s + from, count - from), sum = 0;
  for (size_t j = from; j < count; j++) {
    s[j] = vector_exp((s[j] - max) * scale);
    sum += s[j];
  }
  float inverse = 1.0f / sum;
  for (size_t j = 0; j < from; j++) s[j] = 0;
  for (size_t j = from; j < count; j++) s[j] *= inverse;
  for (size_t j = count; j < padded; j++) s[j] = 0;
  return max * scale + logf(sum);
}

CLONES void ak_attention_softmax_backward(
    float *restrict s, float *restrict dp, size_t from, size_t count, size_t padded, float scale, float log_sum_exp,
    float delta) {
  for (size_t j = 0; j < from; j++) s[j] = dp[j] = 0;
  for (size_t j = from; j < count; j++) {
    float p = vector_exp(s[j] * scale - log_sum_exp);
    s[j] = p;
    dp[j] = p * (dp[j] - delta) * scale;
  }
  for (size_t j = count; j < padded; j++) s[j] = dp[j] = 0;
}

CLONES float ak_dot(const float *a, const float *b, size_t n) {
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CLONES void ak_round_fp16(float *x, size_t stride, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < width; i++) x[r * stride + i] = vector_from_fp16(vector_fp16(x[r * stride + i]));
}

// Pairs of bf16 along what is summed.
static inline __attribute__((always_inline)) void store_bf16(
    uint32_t *restrict keys, uint32_t *restrict values, const float *restrict key, const float *restrict value,
    size_t position, size_t steps, size_t dimension, size_t value_dimension, size_t panel) {
  uint32_t *k = keys + position / panel * ((dimension + 1) / 2) * panel + position % panel;
  for (size_t d = 0; d < dimension; d += 2)
    k[d / 2 * panel] = vector_bf16(key[d]) | (d + 1 < dimension ? vector_bf16(key[d + 1]) : 0) << 16;
  for (size_t first = 0; first < value_dimension; first += panel) {
    uint32_t *v = values + (first / panel * steps + position / 2) * panel;
    for (size_t i = 0; i < panel && first + i < value_dimension; i++) {
      uint32_t x = vector_bf16(value[first + i]);
      v[i] = position % 2 ? (v[i] & 0xffffu) | x << 16 : x;
    }
  }
}

CLONES void ak_cache_store(
    void *restrict keys, void *restrict values, const float *restrict key, const float *restrict value,
    size_t position, size_t steps, size_t dimension, size_t value_dimension, size_t panel, ak_element_t element) {
  if (element == AK_BF16) {
    store_bf16(keys, values, key, value, position, steps, dimension, value_dimension, panel);
    return;
  }
#define STORE(TYPE, MADE)                                                                                        \
  {                                                                                                              \
    TYPE *k = (TYPE *)keys + position / panel * dimension * panel + position % panel;                            \
    for (size_t d = 0; d < dimension; d++) k[d * panel] = (TYPE)MADE(key[d]);                                    \
    for (size_t first = 0; first < value_dimension; first += panel) {                                            \
      TYPE *v = (TYPE *)values + (first / panel * steps + position) * panel;                                     \
      for (size_t i = 0; i < panel && first + i < value_dimension; i++) v[i] = (TYPE)MADE(value[first + i]);     \
    }                                                                                                            \
  }
  if (element == AK_FP16) STORE(uint16_t, vector_fp16) else STORE(float, )
#undef STORE
}
