// Hot loops of a decoder, fp32, one thread each: the caller splits rows over threads.
//
// In C because Swift can't compile one function for several CPUs and choose at load time: every kernel
// here has an AVX-512, an AVX2 and a baseline clone (`target_clones`), and clang vectorises the loops.
// All matrices are row-major. "acc" in a name: adds to its output. Nothing here allocates or checks:
// Sources/Numerics does, and its doc comments hold the equations.
#ifndef ASSAY_KERNELS_H
#define ASSAY_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Tells the processor that this is a loop that waits.
static inline void ak_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// --- elementwise.c ---
void ak_add(float *restrict y, const float *restrict x, size_t n);  // y += x
void ak_add_scaled(float *restrict y, const float *restrict x, float a, size_t n);  // y += a * x
void ak_scale(float *y, float a, size_t n);                         // y *= a
double ak_sum_of_squares(const float *x, size_t n);

// out[i] = silu(gate[i]) * up[i]; each row of gate_up holds [gate | up], width each.
void ak_swiglu(float *restrict out, const float *restrict gate_up, size_t rows, size_t width);
// d_gate_up from d_out; gate_up as in the forward.
void ak_swiglu_backward(
    float *restrict d_gate_up, const float *restrict d_out, const float *restrict gate_up, size_t rows,
    size_t width);
// The same with gelu, by its tanh approximation.
void ak_geglu(float *restrict out, const float *restrict gate_up, size_t rows, size_t width);
void ak_geglu_backward(
    float *restrict d_gate_up, const float *restrict d_out, const float *restrict gate_up, size_t rows,
    size_t width);
// Each row of x += row; sum += each row of x.
void ak_add_to_rows(float *restrict x, size_t stride, const float *restrict row, size_t rows, size_t width);
void ak_sum_rows_acc(float *restrict sum, const float *restrict x, size_t stride, size_t rows, size_t width);

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

// Rotates `heads` heads of `dimension`, `head_stride` apart, at x + row * stride; tables are [positions, dimension / 2];
// direction +1 forward, -1 backward (the transpose of a rotation is its inverse). The i-th pair is (i, i + dimension / 2)
// or, where neighbours are paired, (2i, 2i + 1).
void ak_rope(
    float *x, size_t stride, const int32_t *position, size_t rows, size_t heads, size_t head_stride,
    size_t dimension, const float *cosine, const float *sine, float direction, bool neighbours);

void ak_adamw(
    float *restrict w, const float *restrict g, float *restrict m, float *restrict v, size_t n, float lr,
    float beta1, float beta2, float epsilon, float weight_decay, float correction1, float correction2,
    float gradient_scale);

// The same with moments in bf16, rounded up or down by chance, in proportion: rounded to the nearest, a slow average
// would stand still. `seed` names the step; `first` is the index of element 0 in the whole buffer.
void ak_adamw_bf16(
    float *restrict w, const float *restrict g, uint16_t *restrict m, uint16_t *restrict v, size_t n, float lr,
    float beta1, float beta2, float epsilon, float weight_decay, float correction1, float correction2,
    float gradient_scale, uint32_t seed, size_t first);

// --- attention.c: rows of scores; the products around them are those of products/ ---
// s[j] = exp(scale * s[j]) / sum over j in [from, count); zeros elsewhere in [0, padded). Returns the log of the sum.
float ak_attention_softmax(float *s, size_t from, size_t count, size_t padded, float scale);
// From scores s and gradients dp of the probabilities: s becomes the probabilities, dp the gradients of q.k:
// p * (dp - delta) * scale. Both zero outside of [from, count).
void ak_attention_softmax_backward(
    float *restrict s, float *restrict dp, size_t from, size_t count, size_t padded, float scale, float log_sum_exp,
    float delta);
float ak_dot(const float *a, const float *b, size_t n);
// Each of x rounded to the nearest fp16, what is larger than those to the largest; infinity and NaN stay.
void ak_round_fp16(float *x, size_t stride, size_t rows, size_t width);

// --- products/: C = A·B with both in the order that the kernels read ---
// A step is one place of the summed dimension k, or two that lie as a pair of bf16 or fp16 in 32 bits. Of fp16 there is
// one step more, the first: what each row or column was divided by, a power of two, so that its largest is in [8, 16).
// It is NaN where the row or column has what is not finite.
typedef enum { AK_FP32, AK_BF16, AK_FP16 } ak_element_t;
// Puts a key of `dimension` and a value at `position` into a cache: keys in panels over positions, values in panels over
// their dimension, `steps` of position each; both as B of a product, but fp16 neither paired nor scaled.
void ak_cache_store(
    void *restrict keys, void *restrict values, const float *restrict key, const float *restrict value,
    size_t position, size_t steps, size_t dimension, size_t value_dimension, size_t panel, ak_element_t element);
typedef struct {
  const char *name;
  int pair;         // 1: fp32; 2: pairs
  int rows, panel;  // of a tile: rows of A, columns of B
  // C[m, n] = A·B or, with `add`, C += A·B, fp32, rows of C at c_row. A: [m, steps], rows at `row`; or, with
  // `packed`, in strips of `rows` rows, the last one of what is left, each [steps, rows of the strip]. B: in panels of [panel_steps, panel].
  // `next`: what the caller wants after those, a panel's worth of bytes to be fetched from memory meanwhile; or NULL.
  void (*block)(
      size_t m, size_t n, size_t steps, const void *a, size_t row, bool packed, const void *b, size_t panel_steps,
      const void *next, float *c, size_t c_row, bool add);
  // The same with A in rows, and B of 8 bits as `ak_pack_eight_bits` makes it; NULL for pairs.
  void (*block_eight_bits)(
      size_t m, size_t n, size_t steps, const float *a, size_t row, const void *b, float *c, size_t c_row, bool add);
  // `block` with B in fp16, not paired or scaled, as `ak_cache_store` makes it; NULL for pairs.
  void (*block_halves)(
      size_t m, size_t n, size_t steps, const void *a, size_t row, bool packed, const void *b, size_t panel_steps,
      const void *next, float *c, size_t c_row, bool add);
} ak_kernels_t;
// The best for this CPU, or no better than `most` (avx2, plain; NULL: the best).
const ak_kernels_t *ak_kernels(ak_element_t element, const char *most);
// Rows of fp32 to rows of pairs.
void ak_pack_rows(
    uint32_t *restrict out, size_t out_row, const float *restrict x, size_t row, size_t rows, size_t k,
    ak_element_t element);
// One panel of B, or strip of A, of `width` columns, the last ones zero where x has but `have`: from x[k, have].
void ak_pack_columns(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have,
    ak_element_t element);
// Strips beside each other, as `block` takes them: of `width` of the columns of x[k, columns], the last one of what is left.
void ak_pack_strips(
    void *out, const float *x, size_t row, size_t k, size_t columns, size_t width, ak_element_t element);
// As `ak_pack_columns`, from x[have, k]; width at most 64.
void ak_pack_transposed(
    void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have,
    ak_element_t element);

// One panel of 8 bits from x[have, k]: blocks of 32 steps, each `width` scales (fp32) and [32, width] of int8, with
// x ~ q * scale, scale the block's largest magnitude / 127.
enum { EIGHT_BIT_BLOCK = 32 };
void ak_pack_eight_bits(void *restrict out, const float *restrict x, size_t row, size_t k, size_t width, size_t have);

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
// The same, and entropy_coefficient times the gradient of the entropy:
// logits[i] = inverse_temperature * (coefficient * ((i == target) - p[i]) - entropy_coefficient * p[i] * (log p[i] + entropy))
void ak_logp_entropy_backward(
    float *logits, size_t n, size_t target, float coefficient, float entropy_coefficient,
    float inverse_temperature, float log_sum_exp, float entropy);
// p[i] = exp(logits[i] * inverse_temperature - log_sum_exp)
void ak_probabilities(
    float *restrict p, const float *restrict logits, size_t n, float inverse_temperature,
    float log_sum_exp);
size_t ak_argmax(const float *x, size_t n);
// sums[b] = sum of exp(logits[i] * inverse_temperature - log_sum_exp) over block b of 256.
void ak_block_sums(
    float *restrict sums, const float *restrict logits, size_t n, float inverse_temperature, float log_sum_exp);

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
void ak_from_q5_k(float *restrict out, const uint8_t *restrict in, size_t blocks);
void ak_from_q6_k(float *restrict out, const uint8_t *restrict in, size_t blocks);

#endif
