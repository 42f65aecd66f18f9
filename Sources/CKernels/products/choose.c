// Which kernels this CPU runs.
#include "products.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static bool has_avx2(void) {
  unsigned a, b, c, d;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __get_cpuid(1, &a, &b, &c, &d) &&
         (c & 1u << 29);  // F16C
}
// Leaf 7: subleaf 1, EAX bit 5, and subleaf 0, EDX bit 23. The compiler's own tests for them came late.
static bool has_bf16(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 5);
}
static bool has_fp16(void) {
  unsigned a, b, c, d;
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & 1u << 23);
}
#endif

const ak_kernels_t *ak_kernels(ak_element_t element, const char *most) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool plain = most && !strcmp(most, "plain"), avx2 = most && !strcmp(most, "avx2");
  if (!plain && !avx2 && __builtin_cpu_supports("avx512f")) {
    if (element == AK_FP32) return &ak_f32_avx512;
    if (element == AK_BF16 && has_bf16()) return &ak_bf16_avx512;
    if (element == AK_FP16 && has_fp16()) return &ak_fp16_avx512;
  }
  if (element != AK_FP16 && !plain && has_avx2())
    return element == AK_BF16 ? &ak_bf16_avx2 : &ak_f32_avx2;
#endif
  (void)most;
  return element == AK_FP16 ? &ak_fp16_plain : element == AK_BF16 ? &ak_bf16_plain : &ak_f32_plain;
}
