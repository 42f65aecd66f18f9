// What elements of factors become, for the files that pack them. bf16 and fp16 lie in pairs along the summed dimension,
// the earlier one in the lower half of 32 bits; an odd last one is paired with zero. Rows and columns of fp16 are scaled.
#ifndef ASSAY_PACK_H
#define ASSAY_PACK_H

#include "products.h"

#include "../vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

// What elements are made into. AVX-512 has an instruction for fp16; the bits are the same without it.
typedef enum { FP32, BF16, FP16, FP16_BY_INSTRUCTION } kind_t;

#if defined(__x86_64__)
#define WITH_INSTRUCTION __attribute__((target("avx512f")))
static bool has_instruction(void) { return __builtin_cpu_supports("avx512f"); }
#else
#define WITH_INSTRUCTION
static bool has_instruction(void) { return false; }
#endif

INLINE uint32_t rounded(float x, kind_t kind) {
  if (kind == BF16) return vector_bf16(x);
  if (kind == FP16) return vector_fp16(x);
  _Float16 half = (_Float16)x;
  uint16_t bits;
  memcpy(&bits, &half, sizeof bits);
  return bits;
}

INLINE uint32_t paired(float first, float second, float by, kind_t kind) {
  if (kind == BF16) return rounded(first, kind) | rounded(second, kind) << 16;
  return rounded(first * by, kind) | rounded(second * by, kind) << 16;
}

INLINE uint32_t magnitude(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffffu;
}

typedef struct {
  float factor;   // what to multiply by
  uint32_t back;  // its inverse, as bits of a float
} scaling_t;

// From the bits of the largest magnitude of a row or column.
INLINE scaling_t scaling(uint32_t most) {
  uint32_t exponent = most >> 23, bits = (257 - exponent) << 23;
  if (exponent == 255) return (scaling_t){0, 0x7fc00000u};
  if (exponent < 4) return (scaling_t){0, 0};  // below 2^-123: nothing
  scaling_t made = {.back = (exponent - 3) << 23};
  memcpy(&made.factor, &bits, sizeof bits);
  return made;
}

INLINE scaling_t scaling_of(const float *x, size_t count) {
  uint32_t most = 0;
  for (size_t i = 0; i < count; i++) most = magnitude(x[i]) > most ? magnitude(x[i]) : most;
  return scaling(most);
}

enum { WIDEST = 64 };  // columns of a panel or strip

#endif
