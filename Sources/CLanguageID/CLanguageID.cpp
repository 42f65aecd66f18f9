extern "C" int assay_language(void) { return 0; }
