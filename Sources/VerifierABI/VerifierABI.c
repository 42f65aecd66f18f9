// The header alone matters; a C target needs a source.
#include "VerifierABI.h"
