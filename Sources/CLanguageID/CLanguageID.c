// ICU's word boundaries: CLanguageID.h.
#include "CLanguageID.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

ptrdiff_t assay_words(const char *text, size_t length, assay_word *words, size_t capacity) {
  // Opening one reads the dictionaries' index: kept for the thread's life.
  static _Thread_local UBreakIterator *iterator;
  UErrorCode status = U_ZERO_ERROR;
  if (length > INT32_MAX) return -1;
  if (!iterator) iterator = ubrk_open(UBRK_WORD, "en", NULL, 0, &status);
  UText view = UTEXT_INITIALIZER;
  utext_openUTF8(&view, text, (int64_t)length, &status);
  if (U_SUCCESS(status)) ubrk_setUText(iterator, &view, &status);
  if (U_FAILURE(status)) {
    utext_close(&view);
    return -1;
  }
  ptrdiff_t count = 0;
  ubrk_first(iterator);
  for (int32_t end; (end = ubrk_next(iterator)) != UBRK_DONE; count++) {
    if ((size_t)count >= capacity) continue;
    int32_t kind = ubrk_getRuleStatus(iterator);
    words[count] = (assay_word){end, kind >= UBRK_WORD_LETTER};
  }
  utext_close(&view);
  return count;
}
