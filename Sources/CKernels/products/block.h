// A product out of tiles, whatever a tile is: included by tile.h and half.h, which define NAME(tile), NAME(panel) and
// INLINE, and take off here what the next kind of element defines anew.
#define CASE(N)                                                               \
  case N:                                                                     \
    if (packed) NAME(tile)(N, steps, a, 1, N, b, c, c_row, add, ahead, pace); \
    else NAME(tile)(N, steps, a, row, 1, b, c, c_row, add, ahead, pace);      \
    break;

static __attribute__((noinline, target(TARGET))) void NAME(any_tile)(
    int rows, size_t steps, const element_t *a, size_t row, bool packed, const right_t *b, float *c,
    size_t c_row, bool add, const char *ahead, size_t pace) {
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS > 6
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
  }
}

// C[m, n] = A·B, or added to C. A: rows `row` elements apart, or (packed) strips of ROWS rows, the last
// one of what is left, each [steps, rows of the strip]. B: panels, each [panel_steps, panel], of which the first `steps` are read;
// `next_right` is what the caller wants after them, or NULL: as many bytes of it are fetched as one of these panels has.
static __attribute__((target(TARGET))) void NAME(block)(
    size_t m, size_t n, size_t steps, const void *left, size_t row, bool packed, const void *right,
    size_t panel_steps, const void *next_right, float *c, size_t c_row, bool add) {
  const element_t *a = left;
  const right_t *b = right;
  float edge[ROWS * NAME(panel)];
  size_t strips = ak_strips(m, ROWS);
  for (size_t j = 0; j < n; j += NAME(panel), b += panel_steps * NAME(panel)) {
    size_t width = n - j < NAME(panel) ? n - j : NAME(panel);
    // The strips share out the next panel among them.
    const char *next_panel = (const char *)(j + NAME(panel) < n ? b + panel_steps * NAME(panel) : next_right);
    size_t pace = next_panel ? (sizeof(right_t) * NAME(panel) + strips - 1) / strips : 0;
    if (!next_panel) next_panel = (const char *)b;
    for (size_t s = 0; s < strips; s++) {
      size_t first = packed ? s * ROWS : ak_strip_start(m, strips, s);
      size_t next = packed ? first + ROWS : ak_strip_start(m, strips, s + 1);
      size_t rows = (next < m ? next : m) - first;
      const element_t *strip = a + first * (packed ? steps : row);
      float *to = c + first * c_row + j;
      const char *ahead = next_panel + s * pace * steps;
      if (width == NAME(panel)) {
        NAME(any_tile)((int)rows, steps, strip, row, packed, b, to, c_row, add, ahead, pace);
        continue;
      }
      // The last panel sticks out: its tile is made aside.
      for (size_t r = 0; add && r < rows; r++)
        for (size_t i = 0; i < NAME(panel); i++) edge[r * NAME(panel) + i] = i < width ? to[r * c_row + i] : 0;
      NAME(any_tile)((int)rows, steps, strip, row, packed, b, edge, NAME(panel), add, ahead, pace);
      for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++) to[r * c_row + i] = edge[r * NAME(panel) + i];
    }
  }
}

// The next kind of element defines its own.
#undef NAME
#undef element_t
#undef right_t
#undef panel_t
#undef LOAD_PANEL
#undef SPREAD
#undef MULTIPLY_ADD
#undef CASE
#undef INLINE
