#include "CKernels.h"
#include "vector.h"

#include <math.h>

CLONES void ak_add(float *restrict y, const float *restrict x, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += x[i];
}

CLONES void ak_add_scaled(float *restrict y, const float *restrict x, float a, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

CLONES void ak_scale(float *y, float a, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] *= a;
}

// Blocks in fp32, their sums in fp64: 135 million squares summed in fp32 alone would lose digits.
CLONES double ak_sum_of_squares(const float *x, size_t n) {
  double total = 0;
  for (size_t start = 0; start < n; start += 4096) {
    size_t end = start + 4096 < n ? start + 4096 : n;
    float block = 0;
    for (size_t i = start; i < end; i++) block += x[i] * x[i];
    total += block;
  }
  return total;
}

CLONES void ak_swiglu(float *restrict out, const float *restrict gate_up, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *gate = gate_up + row * 2 * width, *up = gate + width;
    float *y = out + row * width;
    for (size_t i = 0; i < width; i++) y[i] = gate[i] / (1.0f + vector_exp(-gate[i])) * up[i];
  }
}

CLONES void ak_swiglu_backward(
    float *restrict d_gate_up, const float *restrict d_out, const float *restrict gate_up, size_t rows,
    size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *gate = gate_up + row * 2 * width, *up = gate + width, *dy = d_out + row * width;
    float *d_gate = d_gate_up + row * 2 * width, *d_up = d_gate + width;
    for (size_t i = 0; i < width; i++) {
      float s = 1.0f / (1.0f + vector_exp(-gate[i]));
      float silu = gate[i] * s;
      d_up[i] = dy[i] * silu;
      d_gate[i] = dy[i] * up[i] * (s + silu * (1.0f - s));
    }
  }
}

// tanh(x) = 1 - 2 / (e^2x + 1)
static inline __attribute__((always_inline)) float vector_tanh(float x) {
  return 1.0f - 2.0f / (vector_exp(2.0f * x) + 1.0f);
}

#define GELU_SLOPE 0.7978845608028654f  // sqrt(2 / pi)
#define GELU_CUBE 0.044715f

CLONES void ak_geglu(float *restrict out, const float *restrict gate_up, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *gate = gate_up + row * 2 * width, *up = gate + width;
    float *y = out + row * width;
    for (size_t i = 0; i < width; i++) {
      float x = gate[i];
      y[i] = 0.5f * x * (1.0f + vector_tanh(GELU_SLOPE * (x + GELU_CUBE * x * x * x))) * up[i];
    }
  }
}

CLONES void ak_geglu_backward(
    float *restrict d_gate_up, const float *restrict d_out, const float *restrict gate_up, size_t rows,
    size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *gate = gate_up + row * 2 * width, *up = gate + width, *dy = d_out + row * width;
    float *d_gate = d_gate_up + row * 2 * width, *d_up = d_gate + width;
    for (size_t i = 0; i < width; i++) {
      float x = gate[i];
      float t = vector_tanh(GELU_SLOPE * (x + GELU_CUBE * x * x * x));
      float slope = 0.5f * (1.0f + t) +
                    0.5f * x * (1.0f - t * t) * GELU_SLOPE * (1.0f + 3.0f * GELU_CUBE * x * x);
      d_up[i] = dy[i] * 0.5f * x * (1.0f + t);
      d_gate[i] = dy[i] * up[i] * slope;
    }
  }
}

CLONES void ak_add_to_rows(float *restrict x, size_t stride, const float *restrict row, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < width; i++) x[r * stride + i] += row[i];
}

CLONES void ak_sum_rows_acc(float *restrict sum, const float *restrict x, size_t stride, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < width; i++) sum[i] += x[r * stride + i];
}

CLONES void ak_rmsnorm(
    float *restrict out, float *restrict inverse, const float *restrict x, const float *restrict weight,
    size_t rows, size_t width, float epsilon) {
  for (size_t row = 0; row < rows; row++) {
    const float *a = x + row * width;
    float sum = 0;
    for (size_t i = 0; i < width; i++) sum += a[i] * a[i];
    float r = 1.0f / sqrtf(sum / (float)width + epsilon);
    inverse[row] = r;
    float *y = out + row * width;
    for (size_t i = 0; i < width; i++) y[i] = a[i] * r * weight[i];
  }
}

CLONES void ak_rmsnorm_again(
    float *restrict out, const float *restrict inverse, const float *restrict x,
    const float *restrict weight, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *a = x + row * width;
    float *y = out + row * width;
    float r = inverse[row];
    for (size_t i = 0; i < width; i++) y[i] = a[i] * r * weight[i];
  }
}

CLONES void ak_rmsnorm_backward_acc(
    float *restrict dx, float *restrict d_weight, const float *restrict d_out, const float *restrict x,
    const float *restrict weight, const float *restrict inverse, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    const float *a = x + row * width, *dy = d_out + row * width;
    float *da = dx + row * width;
    float r = inverse[row], dot = 0;
    for (size_t i = 0; i < width; i++) dot += dy[i] * weight[i] * a[i];
    float c = dot * r * r * r / (float)width;
    for (size_t i = 0; i < width; i++) {
      da[i] += dy[i] * weight[i] * r - a[i] * c;
      d_weight[i] += dy[i] * a[i] * r;
    }
  }
}

CLONES void ak_rope(
    float *x, size_t stride, const int32_t *position, size_t rows, size_t heads, size_t head_stride,
    size_t dimension, const float *cosine, const float *sine, float direction, bool neighbours) {
  size_t half = dimension / 2;
  for (size_t row = 0; row < rows; row++) {
    const float *c = cosine + (size_t)position[row] * half, *s = sine + (size_t)position[row] * half;
    for (size_t head = 0; head < heads; head++) {
      float *restrict a = x + row * stride + head * head_stride;
      if (neighbours) {
        for (size_t i = 0; i < half; i++) {
          float u = a[2 * i], v = a[2 * i + 1], w = s[i] * direction;
          a[2 * i] = u * c[i] - v * w;
          a[2 * i + 1] = v * c[i] + u * w;
        }
        continue;
      }
      float *restrict b = a + half;
      for (size_t i = 0; i < half; i++) {
        float u = a[i], v = b[i], w = s[i] * direction;
        a[i] = u * c[i] - v * w;
        b[i] = v * c[i] + u * w;
      }
    }
  }
}

CLONES void ak_adamw(
    float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t n, float lr,
    float beta1, float beta2, float epsilon, float weight_decay, float correction1, float correction2,
    float gradient_scale) {
  float step = lr / correction1, root = 1.0f / sqrtf(correction2), keep = 1.0f - lr * weight_decay;
  for (size_t i = 0; i < n; i++) {
    float d = g[i] * gradient_scale;
    float a = beta1 * m[i] + (1.0f - beta1) * d;
    float b = beta2 * v[i] + (1.0f - beta2) * d * d;
    m[i] = a;
    v[i] = b;
    w[i] = w[i] * keep - step * a / (sqrtf(b) * root + epsilon);
  }
}

static inline __attribute__((always_inline)) float widened(uint16_t half) {
  uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// x with 16 bits of mantissa less: up with the probability of what is cut off.
static inline __attribute__((always_inline)) uint16_t by_chance(float x, uint32_t chance) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (uint16_t)((bits + (chance & 0xffffu)) >> 16);
}

CLONES void ak_adamw_bf16(
    float *restrict w, const float *restrict g, uint16_t *restrict m, uint16_t *restrict v, size_t n, float lr,
    float beta1, float beta2, float epsilon, float weight_decay, float correction1, float correction2,
    float gradient_scale, uint32_t seed, size_t first) {
  float step = lr / correction1, root = 1.0f / sqrtf(correction2), keep = 1.0f - lr * weight_decay;
  for (size_t i = 0; i < n; i++) {
    // Two rounds of a multiplicative hash of (seed, index): 16 bits for each moment.
    uint32_t chance = ((uint32_t)(first + i) ^ seed) * 0x9e3779b1u;
    chance = (chance ^ chance >> 15) * 0x85ebca77u;
    chance ^= chance >> 13;
    float d = g[i] * gradient_scale;
    float a = beta1 * widened(m[i]) + (1.0f - beta1) * d;
    float b = beta2 * widened(v[i]) + (1.0f - beta2) * d * d;
    m[i] = by_chance(a, chance);
    v[i] = by_chance(b, chance >> 16);
    w[i] = w[i] * keep - step * a / (sqrtf(b) * root + epsilon);
  }
}
