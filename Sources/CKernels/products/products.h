// What the files of this folder share.
#ifndef ASSAY_PRODUCTS_H
#define ASSAY_PRODUCTS_H

#include "CKernels.h"

// Rows that are not packed are cut into as few strips as hold `most` rows each, of nearly the same height.
static inline size_t ak_strips(size_t rows, size_t most) { return (rows + most - 1) / most; }
static inline size_t ak_strip_start(size_t rows, size_t strips, size_t strip) { return rows * strip / strips; }

extern const ak_kernels_t ak_f32_plain, ak_bf16_plain, ak_fp16_plain;
#if defined(__x86_64__)
extern const ak_kernels_t ak_f32_avx512, ak_bf16_avx512, ak_fp16_avx512, ak_f32_avx2, ak_bf16_avx2;
#endif

#endif
