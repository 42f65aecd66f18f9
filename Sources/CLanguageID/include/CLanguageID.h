// ICU's word boundaries (Debian's libicu) behind a C function.
//
// In C because ICU's names carry its version, which its headers' macros add and Swift does not see.
#ifndef ASSAY_LANGUAGE_ID_H
#define ASSAY_LANGUAGE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A stretch of text between two boundaries: its end as an offset in bytes, and whether it is a word of letters.
typedef struct {
  int32_t end;
  bool is_word;
} assay_word;

// Cuts `text` (UTF-8; what is not is a character of its own) into words after Unicode's UAX 29, by dictionary in Han,
// kana and Thai. Writes at most `capacity` stretches, and returns how many there are, or -1 where ICU fails (its data
// are missing, memory is short). Safe on any thread; keeps one iterator a thread.
ptrdiff_t assay_words(const char *text, size_t length, assay_word *words, size_t capacity);

#endif
