#include "CKernels.h"
void assay_kernels(void) {}
