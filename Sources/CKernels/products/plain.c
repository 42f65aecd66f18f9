// Products for any CPU: what the compiler makes of vectors of four.
#include "products.h"

#include <string.h>

typedef float four_t __attribute__((vector_size(16), aligned(4)));
typedef uint32_t bits_t __attribute__((vector_size(16), aligned(4)));

#define ROWS 6
#define VECTORS 2
#define vector_t four_t
#define LOAD(p) (*(const four_t *)(p))
#define STORE(p, v) (*(four_t *)(p) = (v))
#define ZERO() ((four_t){0})
#if defined(__x86_64__)
#define TARGET "sse2"
#else
#define TARGET ""
#endif

#define NAME(x) f32_plain_##x
#define element_t float
#define panel_t four_t
#define LOAD_PANEL(p) (*(const four_t *)(p))
#define SPREAD(a) ((four_t){(a), (a), (a), (a)})
#define MULTIPLY_ADD(sum, a, b) ((sum) + (a) * (b))
#include "tile.h"

typedef int8_t bytes_t __attribute__((vector_size(4), aligned(1)));
#define NAME(x) q8_plain_##x
#define LOAD_BYTES(p) __builtin_convertvector(*(const bytes_t *)(p), four_t)
#define MULTIPLY(a, b) ((a) * (b))
#define SPREAD(a) ((four_t){(a), (a), (a), (a)})
#define MULTIPLY_ADD(sum, a, b) ((sum) + (a) * (b))
#include "eight_bits.h"

// The bits of a half, moved to a float's place, are 2^-112 of its value; but infinity and NaN.
static inline __attribute__((always_inline)) four_t plain_half(bits_t half) {
  four_t size = (four_t)((half & 0x7fffu) << 13) * 0x1p112f;
  bits_t is_not_finite = (bits_t)((half & 0x7c00u) == 0x7c00u) & 0x7f800000u;
  return (four_t)((bits_t)size | is_not_finite | (half & 0x8000u) << 16);
}

typedef uint16_t halves_t __attribute__((vector_size(8), aligned(2)));
#define NAME(x) cached_plain_##x
#define element_t float
#define right_t uint16_t
#define panel_t four_t
#define LOAD_PANEL(p) plain_half(__builtin_convertvector(*(const halves_t *)(p), bits_t))
#define SPREAD(a) ((four_t){(a), (a), (a), (a)})
#define MULTIPLY_ADD(sum, a, b) ((sum) + (a) * (b))
#include "tile.h"
const ak_kernels_t ak_f32_plain = {"f32, plain", 1, ROWS, 8, f32_plain_block, q8_plain_block, cached_plain_block};

#define NAME(x) bf16_plain_##x
#define element_t uint32_t
#define panel_t bits_t
#define LOAD_PANEL(p) (*(const bits_t *)(p))
#define SPREAD(a) ((bits_t){(a), (a), (a), (a)})
#define MULTIPLY_ADD(sum, a, b)                                                            \
  ((sum) + (four_t)((a) & 0xffff0000u) * (four_t)((b) & 0xffff0000u) + (four_t)((a) << 16) * (four_t)((b) << 16))
#include "tile.h"
const ak_kernels_t ak_bf16_plain = {"bf16 widened, plain", 2, ROWS, 8, bf16_plain_block, NULL, NULL};

// fp16 made fp32 and summed in it, as bf16 are here: CPUs that multiply fp16 sum more coarsely. The first step holds the
// scales.
#define NAME(x) fp16_plain_##x
#define element_t uint32_t
#define right_t uint32_t
#define INLINE static inline __attribute__((always_inline, target(TARGET)))
enum { NAME(panel) = 4 * VECTORS };
INLINE void NAME(tile)(
    const int rows, size_t steps, const uint32_t *a, size_t row, size_t step, const uint32_t *b, float *c,
    size_t c_row, bool add, const char *ahead, size_t pace) {
#pragma clang fp reassociate(off)
  (void)ahead, (void)pace;
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < VECTORS; v++) {
      float *to = c + (size_t)r * c_row + v * 4, left_scale;
      memcpy(&left_scale, a + (size_t)r * row, sizeof left_scale);
      four_t sum = ZERO(), scale = LOAD(b + v * 4);
      for (size_t i = 1; i < steps; i++) {
        uint32_t pair = a[(size_t)r * row + i * step];
        bits_t left = {pair, pair, pair, pair}, right = *(const bits_t *)(b + (i * VECTORS + (size_t)v) * 4);
        sum = sum + plain_half(left & 0xffffu) * plain_half(right & 0xffffu) +
              plain_half(left >> 16) * plain_half(right >> 16);
      }
      STORE(to, add ? LOAD(to) + sum * scale * left_scale : sum * scale * left_scale);
    }
}
#include "block.h"
const ak_kernels_t ak_fp16_plain = {"fp16 widened, plain", 2, ROWS, 8, fp16_plain_block, NULL, NULL};
