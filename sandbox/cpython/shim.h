// CPython, from Debian's libpython3-dev.
#include <Python.h>
