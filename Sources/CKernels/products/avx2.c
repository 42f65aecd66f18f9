// Products for CPUs with AVX2, FMA and F16C. bf16 are widened to fp32 as they are loaded: half the memory to read, and
// the same arithmetic otherwise.
#include "products.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define ROWS 6
#define VECTORS 2
#define vector_t __m256
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define ZERO() _mm256_setzero_ps()
#define TARGET "avx2,fma,f16c"

#define NAME(x) f32_avx2_##x
#define element_t float
#define panel_t __m256
#define LOAD_PANEL(p) _mm256_loadu_ps(p)
#define SPREAD(a) _mm256_set1_ps(a)
#define MULTIPLY_ADD(sum, a, b) _mm256_fmadd_ps(a, b, sum)
#include "tile.h"

#define NAME(x) q8_avx2_##x
#define LOAD_BYTES(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define MULTIPLY(a, b) _mm256_mul_ps(a, b)
#define SPREAD(a) _mm256_set1_ps(a)
#define MULTIPLY_ADD(sum, a, b) _mm256_fmadd_ps(a, b, sum)
#include "eight_bits.h"

#define NAME(x) cached_avx2_##x
#define element_t float
#define right_t uint16_t
#define panel_t __m256
#define LOAD_PANEL(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
#define SPREAD(a) _mm256_set1_ps(a)
#define MULTIPLY_ADD(sum, a, b) _mm256_fmadd_ps(a, b, sum)
#include "tile.h"
const ak_kernels_t ak_f32_avx2 = {"f32, AVX2", 1, ROWS, 16, f32_avx2_block, q8_avx2_block, cached_avx2_block};

static inline __attribute__((always_inline, target(TARGET))) __m256 pair(__m256 sum, __m256i a, __m256i b) {
  __m256i high = _mm256_set1_epi32((int)0xffff0000);
  sum = _mm256_fmadd_ps(
      _mm256_castsi256_ps(_mm256_and_si256(a, high)), _mm256_castsi256_ps(_mm256_and_si256(b, high)), sum);
  return _mm256_fmadd_ps(
      _mm256_castsi256_ps(_mm256_slli_epi32(a, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(b, 16)), sum);
}

#define NAME(x) bf16_avx2_##x
#define element_t uint32_t
#define panel_t __m256i
#define LOAD_PANEL(p) _mm256_loadu_si256((const __m256i *)(p))
#define SPREAD(a) _mm256_set1_epi32((int)(a))
#define MULTIPLY_ADD(sum, a, b) pair(sum, a, b)
#include "tile.h"
const ak_kernels_t ak_bf16_avx2 = {"bf16 widened, AVX2", 2, ROWS, 16, bf16_avx2_block, NULL, NULL};
#endif
