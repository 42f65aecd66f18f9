// As tile.h, with a right factor of 8 bits: whole numbers with a scale for each block of 32 along k and column, as
// GGUF's Q8_0 has them. They are made fp32 as they are loaded, so a product is, bit for bit, that of fp32 kernels with
// q·scale as its factor: a quarter of the memory to read, which is what one sequence's sampling waits for.
//
// A panel is blocks, each [panel] scales, then [32, panel] of int8. The last block of a short k is filled with zeros.
// Beside tile.h's, the including file defines LOAD_BYTES (as many int8 as a vector has floats, as floats), MULTIPLY.
enum { NAME(lanes) = sizeof(vector_t) / sizeof(float), NAME(panel) = NAME(lanes) * VECTORS };
enum { NAME(block_bytes) = NAME(panel) * (EIGHT_BIT_BLOCK + sizeof(float)) };

#define INLINE static inline __attribute__((always_inline, target(TARGET)))

// `panels` side by side: with one row, one panel's sums would wait for each other.
INLINE void NAME(tile)(
    const int rows, const int panels, size_t steps, const float *a, size_t row, const int8_t *b, size_t panel_bytes,
    float *c, size_t c_row, bool add) {
// The weight is q·scale, rounded, before anything multiplies it.
#pragma clang fp reassociate(off)
  vector_t sum[4][VECTORS * 4];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS * panels; v++)
      sum[r][v] = add ? LOAD(c + (size_t)r * c_row + v * NAME(lanes)) : ZERO();
  for (size_t first = 0; first < steps; first += EIGHT_BIT_BLOCK, b += NAME(block_bytes)) {
    size_t count = steps - first < EIGHT_BIT_BLOCK ? steps - first : EIGHT_BIT_BLOCK;
    vector_t scale[VECTORS * 4];
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS * panels; v++)
      scale[v] = LOAD((const float *)(b + (size_t)(v / VECTORS) * panel_bytes) + v % VECTORS * NAME(lanes));
    const int8_t *q = b + NAME(panel) * sizeof(float);
    for (size_t i = 0; i < count; i++, q += NAME(panel)) {
#pragma clang loop unroll(full)
      for (int v = 0; v < VECTORS * panels; v++) {
        const int8_t *from = q + (size_t)(v / VECTORS) * panel_bytes + v % VECTORS * NAME(lanes);
        vector_t right = MULTIPLY(LOAD_BYTES(from), scale[v]);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++)
          sum[r][v] = MULTIPLY_ADD(sum[r][v], right, SPREAD(a[(size_t)r * row + first + i]));
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS * panels; v++) STORE(c + (size_t)r * c_row + v * NAME(lanes), sum[r][v]);
}

#define CASE(ROWS_OF_IT, PANELS)                                                                 \
  static __attribute__((noinline, target(TARGET))) void NAME(tile_##ROWS_OF_IT##_##PANELS)(      \
      size_t steps, const float *a, size_t row, const int8_t *b, size_t bytes, float *c,         \
      size_t c_row, bool add) {                                                                  \
    NAME(tile)(ROWS_OF_IT, PANELS, steps, a, row, b, bytes, c, c_row, add);                      \
  }
CASE(1, 4) CASE(1, 1) CASE(2, 2) CASE(2, 1) CASE(3, 1) CASE(4, 1)
#undef CASE

// C[m, n] = A·B, or added to C, as `block` of tile.h with A in rows.
static __attribute__((target(TARGET))) void NAME(block)(
    size_t m, size_t n, size_t steps, const float *a, size_t row, const void *right, float *c, size_t c_row,
    bool add) {
  size_t bytes = (steps + EIGHT_BIT_BLOCK - 1) / EIGHT_BIT_BLOCK * NAME(block_bytes);
  const int8_t *b = right;
  size_t strips = ak_strips(m, 4);
  for (size_t j = 0; j < n;) {
    size_t width = n - j < NAME(panel) ? n - j : NAME(panel);
    size_t together = m == 1 && n - j >= 4 * NAME(panel) ? 4 : m == 2 && n - j >= 2 * NAME(panel) ? 2 : 1;
    float edge[4 * NAME(panel)];
    for (size_t s = 0; s < strips; s++) {
      size_t first = ak_strip_start(m, strips, s), rows = ak_strip_start(m, strips, s + 1) - first;
      const float *strip = a + first * row;
      float *to = c + first * c_row + j, *made = width == NAME(panel) ? to : edge;
      size_t made_row = made == to ? c_row : NAME(panel);
      for (size_t r = 0; made == edge && add && r < rows; r++)
        for (size_t i = 0; i < NAME(panel); i++) edge[r * NAME(panel) + i] = i < width ? to[r * c_row + i] : 0;
      switch (rows * 4 + together - 1) {
        case 7: NAME(tile_1_4)(steps, strip, row, b, bytes, made, made_row, add); break;
        case 4: NAME(tile_1_1)(steps, strip, row, b, bytes, made, made_row, add); break;
        case 9: NAME(tile_2_2)(steps, strip, row, b, bytes, made, made_row, add); break;
        case 8: NAME(tile_2_1)(steps, strip, row, b, bytes, made, made_row, add); break;
        case 12: NAME(tile_3_1)(steps, strip, row, b, bytes, made, made_row, add); break;
        default: NAME(tile_4_1)(steps, strip, row, b, bytes, made, made_row, add);
      }
      for (size_t r = 0; made == edge && r < rows; r++)
        for (size_t i = 0; i < width; i++) to[r * c_row + i] = edge[r * NAME(panel) + i];
    }
    j += together * NAME(panel);
    b += together * bytes;
  }
}

#undef NAME
#undef LOAD_BYTES
#undef MULTIPLY
#undef SPREAD
#undef MULTIPLY_ADD
#undef INLINE
