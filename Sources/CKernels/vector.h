// What the kernels share: the clones, and an exponential that clang can vectorise.
#ifndef ASSAY_VECTOR_H
#define ASSAY_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

// exp(x) within 2 ulp for x in [-87, 88], clamped beyond: Cody-Waite reduction, then a polynomial of
// degree 6 on [-ln2/2, ln2/2] (Taylor with the last terms adjusted: Cephes expf, S. L. Moshier).
static inline __attribute__((always_inline)) float vector_exp(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float n = __builtin_rintf(x * 1.44269504088896341f);
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits = ((int32_t)n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

// The largest of x; NaN where only NaN is there. In lanes: a loop with one maximum waits for each comparison.
static inline __attribute__((always_inline)) float vector_max(const float *x, size_t n) {
  enum { LANES = 32 };
  float most[LANES], max = -__builtin_inff();
  for (int l = 0; l < LANES; l++) most[l] = -__builtin_inff();
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int l = 0; l < LANES; l++) most[l] = x[i + l] > most[l] ? x[i + l] : most[l];
  for (; i < n; i++) max = x[i] > max ? x[i] : max;
  for (int l = 0; l < LANES; l++) max = most[l] > max ? most[l] : max;
  return max;
}

// The upper half of the nearest bf16, ties to even; a NaN stays one.
static inline __attribute__((always_inline)) uint32_t vector_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t up = bits + 0x7fffu + (bits >> 16 & 1u);
  return ((bits & 0x7fffffffu) > 0x7f800000u ? bits | 0x400000u : up) >> 16;
}

// The nearest fp16, ties to even, what is larger as the largest, but infinity; below 2^-14 its steps are 2^-24.
static inline __attribute__((always_inline)) uint32_t vector_fp16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  uint32_t magnitude = bits & 0x7fffffffu;
  float small;
  memcpy(&small, &magnitude, sizeof small);
  small += 0.5f;  // an ulp of [0.5, 1) is 2^-24
  uint32_t subnormal;
  memcpy(&subnormal, &small, sizeof subnormal);
  uint32_t normal = (magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
  normal = normal > 0x7bffu ? 0x7bffu : normal;
  normal = magnitude < 0x7f800000u ? normal : magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;
  return (bits >> 16 & 0x8000u) | (magnitude < 0x38800000u ? subnormal - 0x3f000000u : normal);
}

// The value of fp16's bits: moved to a float's place they are 2^-112 of it; but infinity and NaN.
static inline __attribute__((always_inline)) float vector_from_fp16(uint32_t half) {
  uint32_t bits = (half & 0x7fffu) << 13;
  float value;
  memcpy(&value, &bits, sizeof value);
  value *= 0x1p112f;
  memcpy(&bits, &value, sizeof bits);
  bits |= (half & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0;
  bits |= (half & 0x8000u) << 16;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#endif
