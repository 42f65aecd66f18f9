// Causal attention of one head, queries one by one over keys that lie transposed, so that every inner
// loop runs along memory: scores along the keys' positions, outputs along the head's dimension.
#include "CKernels.h"
#include "vector.h"

#include <math.h>

#define LANES 16
static inline size_t padded(size_t n) { return (n + LANES - 1) / LANES * LANES; }

size_t ak_attention_scratch(size_t length, size_t dimension) {
  // Transposed keys and values, probabilities and their gradients; gradients of keys and values.
  return 2 * dimension * padded(length) + 2 * padded(length) + 4 * length * dimension;
}

static inline __attribute__((always_inline)) void transpose(
    float *restrict out, const float *restrict x, size_t stride, size_t length, size_t dimension) {
  size_t width = padded(length);
  for (size_t d = 0; d < dimension; d++) {
    float *row = out + d * width;
    for (size_t j = 0; j < length; j++) row[j] = x[j * stride + d];
    for (size_t j = length; j < width; j++) row[j] = 0;
  }
}

// s[j] = scale * sum_d q[d] * keys[d][j] for j < count, in blocks that stay in registers.
static inline __attribute__((always_inline)) void scores(
    float *restrict s, const float *restrict q, const float *restrict keys, size_t width, size_t count,
    size_t dimension, float scale) {
  size_t j = 0, end = padded(count);
  for (; j + 4 * LANES <= end; j += 4 * LANES) {
    float sum[4 * LANES] = {0};
    for (size_t d = 0; d < dimension; d++) {
      const float *k = keys + d * width + j;
      float a = q[d];
      for (size_t i = 0; i < 4 * LANES; i++) sum[i] += a * k[i];
    }
    for (size_t i = 0; i < 4 * LANES; i++) s[j + i] = sum[i] * scale;
  }
  for (; j < end; j += LANES) {
    float sum[LANES] = {0};
    for (size_t d = 0; d < dimension; d++) {
      const float *k = keys + d * width + j;
      float a = q[d];
      for (size_t i = 0; i < LANES; i++) sum[i] += a * k[i];
    }
    for (size_t i = 0; i < LANES; i++) s[j + i] = sum[i] * scale;
  }
}

// In place: s becomes probabilities; returns the log of the sum of exponentials.
static inline __attribute__((always_inline)) float softmax(float *restrict s, size_t count) {
  float max = s[0], sum = 0;
  for (size_t j = 1; j < count; j++) max = s[j] > max ? s[j] : max;
  for (size_t j = 0; j < count; j++) {
    s[j] = vector_exp(s[j] - max);
    sum += s[j];
  }
  float inverse = 1.0f / sum;
  for (size_t j = 0; j < count; j++) s[j] *= inverse;
  return max + logf(sum);
}

// out[d] = sum_j weights[j] * rows[j][d]; four rows at a time, so that out is read and written less.
static inline __attribute__((always_inline)) void weighted_sum(
    float *restrict out, const float *restrict weights, const float *restrict rows, size_t stride,
    size_t count, size_t dimension) {
  for (size_t d = 0; d < dimension; d++) out[d] = 0;
  size_t j = 0;
  for (; j + 4 <= count; j += 4) {
    const float *a = rows + j * stride, *b = a + stride, *c = b + stride, *e = c + stride;
    float wa = weights[j], wb = weights[j + 1], wc = weights[j + 2], we = weights[j + 3];
    for (size_t d = 0; d < dimension; d++) out[d] += wa * a[d] + wb * b[d] + wc * c[d] + we * e[d];
  }
  for (; j < count; j++) {
    const float *a = rows + j * stride;
    for (size_t d = 0; d < dimension; d++) out[d] += weights[j] * a[d];
  }
}

CLONES void ak_attention(
    float *restrict out, size_t out_stride, float *restrict lse, size_t lse_stride,
    const float *restrict q, const float *restrict k, const float *restrict v, size_t stride,
    size_t length, size_t dimension, float scale, float *restrict scratch) {
  size_t width = padded(length);
  float *keys = scratch, *p = keys + dimension * width;
  transpose(keys, k, stride, length, dimension);
  for (size_t i = 0; i < length; i++) {
    scores(p, q + i * stride, keys, width, i + 1, dimension, scale);
    lse[i * lse_stride] = softmax(p, i + 1);
    weighted_sum(out + i * out_stride, p, v, stride, i + 1, dimension);
  }
}

CLONES void ak_attention_backward_acc(
    float *restrict dq, float *restrict dk, float *restrict dv, size_t d_stride,
    const float *restrict d_out, const float *restrict out, size_t out_stride,
    const float *restrict lse, size_t lse_stride, const float *restrict q, const float *restrict k,
    const float *restrict v, size_t stride, size_t length, size_t dimension, float scale,
    float *restrict scratch) {
  size_t width = padded(length);
  float *keys = scratch, *values = keys + dimension * width;
  float *p = values + dimension * width, *dp = p + width;
  float *key_rows = dp + width, *d_keys = key_rows + length * dimension;
  float *d_values = d_keys + length * dimension, *sum = d_values + length * dimension;
  transpose(keys, k, stride, length, dimension);
  transpose(values, v, stride, length, dimension);
  for (size_t j = 0; j < length; j++)
    for (size_t d = 0; d < dimension; d++) key_rows[j * dimension + d] = k[j * stride + d];
  memset(d_keys, 0, 2 * length * dimension * sizeof(float));
  for (size_t i = 0; i < length; i++) {
    const float *query = q + i * stride, *dy = d_out + i * out_stride, *y = out + i * out_stride;
    scores(p, query, keys, width, i + 1, dimension, scale);
    float shift = lse[i * lse_stride];
    for (size_t j = 0; j <= i; j++) p[j] = vector_exp(p[j] - shift);
    scores(dp, dy, values, width, i + 1, dimension, 1.0f);
    float delta = 0;
    for (size_t d = 0; d < dimension; d++) delta += dy[d] * y[d];
    for (size_t j = 0; j <= i; j++) dp[j] = p[j] * (dp[j] - delta) * scale;
    weighted_sum(sum, dp, key_rows, dimension, i + 1, dimension);
    float *dqi = dq + i * d_stride;
    for (size_t d = 0; d < dimension; d++) dqi[d] += sum[d];
    for (size_t j = 0; j <= i; j++) {
      float *dkj = d_keys + j * dimension, *dvj = d_values + j * dimension;
      float a = dp[j], b = p[j];
      for (size_t d = 0; d < dimension; d++) {
        dkj[d] += a * query[d];
        dvj[d] += b * dy[d];
      }
    }
  }
  for (size_t j = 0; j < length; j++)
    for (size_t d = 0; d < dimension; d++) {
      dk[j * d_stride + d] += d_keys[j * dimension + d];
      dv[j * d_stride + d] += d_values[j * dimension + d];
    }
}

CLONES void ak_attention_cached(
    float *restrict out, const float *restrict q, const float *restrict keys,
    const float *restrict values, size_t capacity, size_t length, size_t dimension, float scale,
    float *restrict scratch) {
  scores(scratch, q, keys, capacity, length, dimension, scale);
  softmax(scratch, length);
  weighted_sum(out, scratch, values, dimension, length, dimension);
}
