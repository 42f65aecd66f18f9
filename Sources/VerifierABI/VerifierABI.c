#include "VerifierABI.h"
