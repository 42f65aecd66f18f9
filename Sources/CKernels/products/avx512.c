// Products for CPUs with AVX-512: fp32, bf16 where the CPU multiplies pairs of them (VDPBF16PS), and fp16 where it has
// AVX512-FP16.
#include "products.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define ROWS 12
#define VECTORS 2
#define vector_t __m512
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define ZERO() _mm512_setzero_ps()

#define TARGET "avx512f"
#define NAME(x) f32_avx512_##x
#define element_t float
#define panel_t __m512
#define LOAD_PANEL(p) _mm512_loadu_ps(p)
#define SPREAD(a) _mm512_set1_ps(a)
#define MULTIPLY_ADD(sum, a, b) _mm512_fmadd_ps(a, b, sum)
#include "tile.h"

#define NAME(x) q8_avx512_##x
#define LOAD_BYTES(p) _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define MULTIPLY(a, b) _mm512_mul_ps(a, b)
#define SPREAD(a) _mm512_set1_ps(a)
#define MULTIPLY_ADD(sum, a, b) _mm512_fmadd_ps(a, b, sum)
#include "eight_bits.h"

#define NAME(x) cached_avx512_##x
#define element_t float
#define right_t uint16_t
#define panel_t __m512
#define LOAD_PANEL(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define SPREAD(a) _mm512_set1_ps(a)
#define MULTIPLY_ADD(sum, a, b) _mm512_fmadd_ps(a, b, sum)
#include "tile.h"
const ak_kernels_t ak_f32_avx512 = {"f32, AVX-512", 1, ROWS, 32, f32_avx512_block, q8_avx512_block, cached_avx512_block};

#undef TARGET
#define TARGET "avx512f,avx512bf16"
#define NAME(x) bf16_avx512_##x
#define element_t uint32_t
#define panel_t __m512bh
#define LOAD_PANEL(p) ((__m512bh)_mm512_loadu_si512(p))
#define SPREAD(a) ((__m512bh)_mm512_set1_epi32((int)(a)))
#define MULTIPLY_ADD(sum, a, b) _mm512_dpbf16_ps(sum, a, b)
#include "tile.h"
const ak_kernels_t ak_bf16_avx512 = {"bf16, AVX-512 BF16", 2, ROWS, 32, bf16_avx512_block, NULL, NULL};

#undef TARGET
#define TARGET "avx512f,avx512bw,avx512vl,avx512fp16"
#define NAME(x) fp16_avx512_##x
#include "half.h"
const ak_kernels_t ak_fp16_avx512 = {"fp16, AVX-512 FP16", 2, ROWS, 32, fp16_avx512_block, NULL, NULL};
#endif
