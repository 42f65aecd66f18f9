// N-grams of letters and how they speak for each language: what tools/language_table.py writes, as part of the program.
//
// Derived from the model of py3langid 0.4.0 (BSD-3-Clause, LICENSE.py3langid beside table.c). In C because #embed is.
// Layout, little-endian: the unpacked length (32 bits), then a zlib stream of sections, one a script (Latin, Cyrillic,
// Devanagari, Arabic): languages and n-grams (32 bits each); the languages' codes (4 bytes each); the n-grams' first
// bytes, their second bytes, ... (5 of them, 0 behind a shorter one); then a byte an n-gram for each pair of languages,
// the first in the low half: how many steps of 2/3 of a logarithm of probability it is behind the likeliest, at most 15.
#ifndef ASSAY_LANGUAGE_TABLE_H
#define ASSAY_LANGUAGE_TABLE_H

#include <stddef.h>

const unsigned char *_Nonnull assay_language_table(void);
size_t assay_language_table_size(void);

#endif
