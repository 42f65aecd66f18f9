// Keeps watch over one process and whatever it starts. C, because Swift has no fork.
#ifndef ASSAY_SUPERVISOR_H
#define ASSAY_SUPERVISOR_H

#include <stddef.h>

// Forks. Returns in the child, which may use so many MiB of address space (0: no limit) and dies with its
// supervisor. The parent never returns: it waits until the child ends, or SIGTERM comes, or the process
// that started it is gone; then it ends every process that is left of the child's, and exits with the
// child's status (128 + its signal).
void assay_supervise(size_t memory_mb);

#endif
