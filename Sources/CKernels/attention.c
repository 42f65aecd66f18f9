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

static inline __attribute__((always_inline)) uint16_t bf16(float x) {
  return (uint16_t)vector_bf16(x);
}

CLONES void ak_cache_store(
    void *restrict keys, void *restrict values, const float *restrict key, const float *restrict value,
    size_t position, size_t steps, size_t dimension, size_t value_dimension, size_t panel, bool half) {
  size_t block = position / panel, lane = position % panel;
  if (half) {
    uint32_t *k = (uint32_t *)keys + block * ((dimension + 1) / 2) * panel + lane;
    for (size_t d = 0; d < dimension; d += 2)
      k[d / 2 * panel] = bf16(key[d]) | (uint32_t)(d + 1 < dimension ? bf16(key[d + 1]) : 0) << 16;
    for (size_t first = 0; first < value_dimension; first += panel) {
      uint32_t *v = (uint32_t *)values + (first / panel * steps + position / 2) * panel;
      for (size_t i = 0; i < panel && first + i < value_dimension; i++) {
        uint32_t x = bf16(value[first + i]);
        v[i] = position % 2 ? (v[i] & 0xffffu) | x << 16 : x;
      }
    }
    return;
  }
  float *k = (float *)keys + block * dimension * panel + lane;
  for (size_t d = 0; d < dimension; d++) k[d * panel] = key[d];
  for (size_t first = 0; first < value_dimension; first += panel) {
    float *v = (float *)values + (first / panel * steps + position) * panel;
    for (size_t i = 0; i < panel && first + i < value_dimension; i++) v[i] = value[first + i];
  }
}
