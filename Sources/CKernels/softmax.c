// Log-softmax and the choice of a token, over rows of logits.
#include "CKernels.h"
#include "vector.h"

#include <math.h>

CLONES ak_softmax_stats_t ak_softmax_stats(const float *logits, size_t n, float inverse_temperature) {
  float max = vector_max(logits, n);
  float sum = 0, weighted = 0;
  for (size_t i = 0; i < n; i++) {
    float shifted = (logits[i] - max) * inverse_temperature;
    float e = vector_exp(shifted);
    sum += e;
    weighted += e * shifted;
  }
  float log_sum = logf(sum);
  ak_softmax_stats_t stats = {
      .max = max * inverse_temperature,
      .log_sum_exp = max * inverse_temperature + log_sum,
      .entropy = log_sum - weighted / sum,
  };
  return stats;
}

CLONES void ak_logp_backward(
    float *logits, size_t n, size_t target, float coefficient, float inverse_temperature,
    float log_sum_exp) {
  float c = coefficient * inverse_temperature;
  for (size_t i = 0; i < n; i++) logits[i] = -c * vector_exp(logits[i] * inverse_temperature - log_sum_exp);
  logits[target] += c;
}

CLONES void ak_logp_entropy_backward(
    float *logits, size_t n, size_t target, float coefficient, float entropy_coefficient,
    float inverse_temperature, float log_sum_exp, float entropy) {
  float c = coefficient * inverse_temperature;
  float e = entropy_coefficient * inverse_temperature;
  for (size_t i = 0; i < n; i++) {
    float logp = logits[i] * inverse_temperature - log_sum_exp;
    logits[i] = -vector_exp(logp) * (c + e * (logp + entropy));
  }
  logits[target] += c;
}

CLONES void ak_probabilities(
    float *restrict p, const float *restrict logits, size_t n, float inverse_temperature,
    float log_sum_exp) {
  for (size_t i = 0; i < n; i++) p[i] = vector_exp(logits[i] * inverse_temperature - log_sum_exp);
}

size_t ak_argmax(const float *x, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++) best = x[i] > x[best] ? i : best;
  return best;
}

CLONES void ak_block_sums(
    float *restrict sums, const float *restrict logits, size_t n, float inverse_temperature, float log_sum_exp) {
  for (size_t start = 0; start < n; start += 256) {
    size_t end = start + 256 < n ? start + 256 : n;
    float sum = 0;
    for (size_t i = start; i < end; i++) sum += vector_exp(logits[i] * inverse_temperature - log_sum_exp);
    sums[start / 256] = sum;
  }
}
