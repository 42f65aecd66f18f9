// CLD2 behind the C functions of CLanguageID.h.
#include "CLanguageID.h"

#include <climits>
#include <cstdio>
#include <cstring>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

bool assay_detect_language(const char *text, size_t length, char code[16]) {
  code[0] = 0;
  if (length == 0 || length > INT_MAX) return false;
  const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::Language languages[3];
  int percents[3], bytes = 0;
  double scores[3];
  bool reliable = false;
  // Short texts are what a sentence is: the best guess is wanted even where it is weak.
  CLD2::Language best = CLD2::ExtDetectLanguageSummary(
      text, static_cast<int>(length), true, &hints, CLD2::kCLDFlagBestEffort, languages, percents, scores,
      nullptr, &bytes, &reliable);
  if (best == CLD2::UNKNOWN_LANGUAGE) return false;
  std::strncpy(code, CLD2::LanguageCode(best), 15);
  code[15] = 0;
  return reliable;
}
