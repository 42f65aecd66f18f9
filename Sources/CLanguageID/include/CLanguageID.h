// CLD2 (Debian's libcld2) behind a C function: which language a piece of text is in.
//
// In C++ because CLD2 is. Safe on any thread; keeps no state.
#ifndef ASSAY_LANGUAGE_ID_H
#define ASSAY_LANGUAGE_ID_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Writes the BCP 47 code of the language that most of `text` (UTF-8) is in to `code`, zero-terminated, or an
// empty string when CLD2 can't tell. Returns whether CLD2 calls its answer reliable.
bool assay_detect_language(const char *text, size_t length, char code[16]);

#ifdef __cplusplus
}
#endif

#endif
