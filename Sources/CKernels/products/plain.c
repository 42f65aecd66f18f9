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
const ak_kernels_t ak_f32_plain = {"f32, plain", 1, ROWS, 8, f32_plain_block, q8_plain_block};

#define NAME(x) bf16_plain_##x
#define element_t uint32_t
#define panel_t bits_t
#define LOAD_PANEL(p) (*(const bits_t *)(p))
#define SPREAD(a) ((bits_t){(a), (a), (a), (a)})
#define MULTIPLY_ADD(sum, a, b)                                                            \
  ((sum) + (four_t)((a) & 0xffff0000u) * (four_t)((b) & 0xffff0000u) + (four_t)((a) << 16) * (four_t)((b) << 16))
#include "tile.h"
const ak_kernels_t ak_bf16_plain = {"bf16 widened, plain", 2, ROWS, 8, bf16_plain_block, NULL};
