// Weights as files hold them, to fp32. Block formats: ggml-quants.h of llama.cpp. Numbers are little-endian
// and unaligned, so everything is read with memcpy.
#include "CKernels.h"
#include "vector.h"

static inline uint16_t read16(const uint8_t *p) {
  uint16_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

static inline float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// IEEE 754 binary16. A subnormal is its mantissa times 2^-24.
static inline float half_value(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 31, mantissa = half & 1023;
  if (exponent == 0) {
    float magnitude = (float)mantissa * 5.9604644775390625e-8f;
    return sign ? -magnitude : magnitude;
  }
  uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return from_bits(sign | wide << 23 | mantissa << 13);
}

static inline float half_at(const uint8_t *p) { return half_value(read16(p)); }

void ak_from_f16(float *restrict out, const uint8_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = half_at(in + 2 * i);
}

void ak_from_bf16(float *restrict out, const uint8_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = from_bits((uint32_t)read16(in + 2 * i) << 16);
}

void ak_from_f64(float *restrict out, const uint8_t *restrict in, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double value;
    memcpy(&value, in + 8 * i, sizeof value);
    out[i] = (float)value;
  }
}

// Blocks of 32: scale, 32 signed bytes.
void ak_from_q8_0(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 34, out += 32) {
    float scale = half_at(in);
    for (int i = 0; i < 32; i++) out[i] = scale * (float)(int8_t)in[2 + i];
  }
}

// Blocks of 32: scale, 16 bytes; low nibbles are the first half, and 8 stands for 0.
void ak_from_q4_0(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 18, out += 32) {
    float scale = half_at(in);
    for (int i = 0; i < 16; i++) {
      out[i] = scale * (float)((in[2 + i] & 15) - 8);
      out[i + 16] = scale * (float)((in[2 + i] >> 4) - 8);
    }
  }
}

// Blocks of 32: scale, least value, 16 bytes.
void ak_from_q4_1(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 20, out += 32) {
    float scale = half_at(in), least = half_at(in + 2);
    for (int i = 0; i < 16; i++) {
      out[i] = scale * (float)(in[4 + i] & 15) + least;
      out[i + 16] = scale * (float)(in[4 + i] >> 4) + least;
    }
  }
}

// The fifth bits of a block of Q5_0 and Q5_1: bit i of 32 is that of element i.
static inline int fifth(const uint8_t *bits, int i) { return (bits[i / 8] >> (i % 8) & 1) << 4; }

// Blocks of 32: scale, 32 fifth bits, 16 bytes; 16 stands for 0.
void ak_from_q5_0(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 22, out += 32) {
    float scale = half_at(in);
    for (int i = 0; i < 16; i++) {
      out[i] = scale * (float)(((in[6 + i] & 15) | fifth(in + 2, i)) - 16);
      out[i + 16] = scale * (float)(((in[6 + i] >> 4) | fifth(in + 2, i + 16)) - 16);
    }
  }
}

// Blocks of 32: scale, least value, 32 fifth bits, 16 bytes.
void ak_from_q5_1(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 24, out += 32) {
    float scale = half_at(in), least = half_at(in + 2);
    for (int i = 0; i < 16; i++) {
      out[i] = scale * (float)((in[8 + i] & 15) | fifth(in + 4, i)) + least;
      out[i + 16] = scale * (float)((in[8 + i] >> 4) | fifth(in + 4, i + 16)) + least;
    }
  }
}

// Scale and least value of one of 8 parts: 6 bits each, in 12 bytes.
static inline void part_of_k(const uint8_t *packed, int part, int *scale, int *least) {
  if (part < 4) {
    *scale = packed[part] & 63;
    *least = packed[part + 4] & 63;
  } else {
    *scale = (packed[part + 4] & 15) | (packed[part - 4] >> 6) << 4;
    *least = (packed[part + 4] >> 4) | (packed[part] >> 6) << 4;
  }
}

// Blocks of 256: scale, scale of the least values, 8 pairs of 6 bits in 12 bytes, 128 bytes.
void ak_from_q4_k(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 144) {
    float scale = half_at(in), least = half_at(in + 2);
    for (int part = 0; part < 8; part++, out += 32) {
      int s, m;
      part_of_k(in + 4, part, &s, &m);
      // Two parts share 32 bytes: the even one has the low nibbles.
      const uint8_t *shared = in + 16 + 32 * (part / 2);
      for (int i = 0; i < 32; i++) {
        int q = part % 2 ? shared[i] >> 4 : shared[i] & 15;
        out[i] = scale * (float)s * (float)q - least * (float)m;
      }
    }
  }
}

// Blocks of 256: as Q4_K, with 32 bytes of fifth bits before the nibbles; bit p of byte i is that of element i
// of part p.
void ak_from_q5_k(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 176) {
    float scale = half_at(in), least = half_at(in + 2);
    const uint8_t *fifths = in + 16;
    for (int part = 0; part < 8; part++, out += 32) {
      int s, m;
      part_of_k(in + 4, part, &s, &m);
      const uint8_t *shared = in + 48 + 32 * (part / 2);
      for (int i = 0; i < 32; i++) {
        int q = (part % 2 ? shared[i] >> 4 : shared[i] & 15) | (fifths[i] >> part & 1) << 4;
        out[i] = scale * (float)s * (float)q - least * (float)m;
      }
    }
  }
}

// Blocks of 256: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, scale; 32 stands for 0.
void ak_from_q6_k(float *restrict out, const uint8_t *restrict in, size_t blocks) {
  for (size_t b = 0; b < blocks; b++, in += 210) {
    float scale = half_at(in + 208);
    for (int half = 0; half < 2; half++, out += 128) {
      const uint8_t *low = in + 64 * half, *high = in + 128 + 32 * half;
      const int8_t *scales = (const int8_t *)in + 192 + 8 * half;
      for (int part = 0; part < 4; part++) {
        for (int i = 0; i < 32; i++) {
          int nibble = low[i + 32 * (part % 2)] >> (part / 2 * 4) & 15;
          int q = (nibble | (high[i] >> (2 * part) & 3) << 4) - 32;
          out[32 * part + i] = scale * (float)scales[2 * part + i / 16] * (float)q;
        }
      }
    }
  }
}
