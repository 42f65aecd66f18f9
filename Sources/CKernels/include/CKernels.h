void assay_kernels(void);
