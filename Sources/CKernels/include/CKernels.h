// Hot loops of a decoder, fp32, one thread each: the caller splits rows over threads.
//
// In C because Swift can't compile one function for several CPUs and choose at load time: every kernel
// here has an AVX-512, an AVX2 and a baseline clone (`target_clones`), and clang vectorises the loops.
// All matrices are row-major. "acc" in a name: adds to its output. Nothing here allocates or checks:
// Sources/Numerics does, and its doc comments hold the equations.
#ifndef ASSAY_KERNELS_H
#define ASSAY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// --- elementwise.c ---
void ak_add(float *restrict y, const float *restrict x, size_t n);  // y += x
void ak_scale(float *y, float a, size_t n);                         // y *= a
double ak_sum_of_squares(const float *x, size_t n);

// out[i] = silu(gate[i]) * up[i]; each row of gate_up holds [gate | up], width each.
void ak_swiglu(float *restrict out, const float *restrict gate_up, size_t rows, size_t width);
// d_gate_up from d_out; gate_up as in the forward.
void ak_swiglu_backward(
    float *restrict d_gate_up, const float *restrict d_out, const float *restrict gate_up, size_t rows,
    size_t width);

void ak_rmsnorm(
    float *restrict out, float *restrict inverse, const float *restrict x, const float *restrict weight,
    size_t rows, size_t width, float epsilon);
// out from the inverse that the forward kept.
void ak_rmsnorm_again(
    float *restrict out, const float *restrict inverse, const float *restrict x,
    const float *restrict weight, size_t rows, size_t width);
void ak_rmsnorm_backward_acc(
    float *restrict dx, float *restrict d_weight, const float *restrict d_out, const float *restrict x,
    const float *restrict weight, const float *restrict inverse, size_t rows, size_t width);

// Rotates `heads` heads of `dimension` at x + row * stride; tables are [positions, dimension / 2];
// direction +1 forward, -1 backward (the transpose of a rotation is its inverse).
void ak_rope(
    float *x, size_t stride, const int32_t *position, size_t rows, size_t heads, size_t dimension,
    const float *cosine, const float *sine, float direction);

void ak_adamw(
    float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t n, float lr,
    float beta1, float beta2, float epsilon, float weight_decay, float correction1, float correction2,
    float gradient_scale);

// --- attention.c ---
// One head of one sequence of `length` tokens; q, k, v, out are at row strides of their own.
// scratch: ak_attention_scratch(length, dimension) floats. lse: one per token, at stride lse_stride.
size_t ak_attention_scratch(size_t length, size_t dimension);
void ak_attention(
    float *restrict out, size_t out_stride, float *restrict lse, size_t lse_stride,
    const float *restrict q, const float *restrict k, const float *restrict v, size_t stride,
    size_t length, size_t dimension, float scale, float *restrict scratch);
void ak_attention_backward_acc(
    float *restrict dq, float *restrict dk, float *restrict dv, size_t d_stride,
    const float *restrict d_out, const float *restrict out, size_t out_stride,
    const float *restrict lse, size_t lse_stride, const float *restrict q, const float *restrict k,
    const float *restrict v, size_t stride, size_t length, size_t dimension, float scale,
    float *restrict scratch);
// One query over a cache: keys transposed [dimension, capacity], values [capacity, dimension].
// scratch: capacity floats, rounded up to 16.
void ak_attention_cached(
    float *restrict out, const float *restrict q, const float *restrict keys,
    const float *restrict values, size_t capacity, size_t length, size_t dimension, float scale,
    float *restrict scratch);

// --- softmax.c ---
typedef struct {
  float max, log_sum_exp, entropy;
} ak_softmax_stats_t;
// Of logits * inverse_temperature: log_sum_exp and entropy in nats.
ak_softmax_stats_t ak_softmax_stats(const float *logits, size_t n, float inverse_temperature);
// logits[i] = coefficient * inverse_temperature * ((i == target) - p[i])
void ak_logp_backward(
    float *logits, size_t n, size_t target, float coefficient, float inverse_temperature,
    float log_sum_exp);
// p[i] = exp(logits[i] * inverse_temperature - log_sum_exp)
void ak_probabilities(
    float *restrict p, const float *restrict logits, size_t n, float inverse_temperature,
    float log_sum_exp);
size_t ak_argmax(const float *x, size_t n);

// --- dequantise.c: weights as files hold them, to fp32; `blocks` of 32 (Q*_0, Q*_1) or 256 (Q*_K) ---
void ak_from_f16(float *restrict out, const uint8_t *restrict in, size_t count);
void ak_from_bf16(float *restrict out, const uint8_t *restrict in, size_t count);
void ak_from_f64(float *restrict out, const uint8_t *restrict in, size_t count);
void ak_from_q4_0(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q4_1(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q5_0(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q5_1(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q8_0(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q4_k(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q6_k(float *restrict out, const uint8_t *restrict in, size_t blocks);

#endif
