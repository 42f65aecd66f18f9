// Which kernels this CPU runs.
#include "products.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

// Leaf 7, subleaf 1, EAX bit 5: the compiler's own test for it came late.
static bool has_bf16(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 5);
}
#endif

const ak_kernels_t *ak_kernels(bool bf16, const char *most) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool plain = most && !strcmp(most, "plain"), avx2 = most && !strcmp(most, "avx2");
  if (!plain && !avx2 && __builtin_cpu_supports("avx512f")) {
    if (!bf16) return &ak_f32_avx512;
    if (has_bf16()) return &ak_bf16_avx512;
  }
  if (!plain && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return bf16 ? &ak_bf16_avx2 : &ak_f32_avx2;
#endif
  (void)most;
  return bf16 ? &ak_bf16_plain : &ak_f32_plain;
}
