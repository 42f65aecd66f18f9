int assay_language(void);
