// The table of CLanguageTable.h.
#include "CLanguageTable.h"

_Alignas(64) static const unsigned char table[] = {
#embed "table.bin"
};

const unsigned char *assay_language_table(void) { return table; }
size_t assay_language_table_size(void) { return sizeof table; }
