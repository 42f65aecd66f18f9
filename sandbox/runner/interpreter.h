// What the parts that deal with Python objects share.
#ifndef ASSAY_INTERPRETER_H
#define ASSAY_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

// --- python.c ---
// Found when the interpreter starts: looking them up again in each fork would copy the pages of what is passed
// on the way. Functions are bootstrap.py's, but for `run_exit_functions` (atexit).
typedef struct {
  PyObject *main_scope;  // globals of the program to come
  PyObject *find_function, *serve, *run_tests, *judge_end, *finish_threads;
  PyObject *run_exit_functions, *thread_exits;  // the latter a list of `threading`
} interpreter_t;
extern interpreter_t interpreter;

// --- pages.c ---
// Before CPython starts.
void use_huge_pages(void);
void use_huge_code(void);
// From here on new memory comes in small pages.
void begin_forking(void);

// --- codec.c: values and their bytes ---
enum { FRAME_LIMIT = 256 << 20 };
extern PyObject *unencodable;  // the exception
typedef struct {
  struct {
    char *bytes;
    size_t length, capacity;
  } bytes;
  PyObject *put;  // called with an object that has no encoding; gives its number
} encoder_t;
bool append_bytes(encoder_t *to, const void *from, size_t count);
bool append_counted(encoder_t *to, char tag, const char *from, Py_ssize_t length);
bool encode_value(encoder_t *to, PyObject *value, int depth);
typedef struct {
  const char *at, *end;
  PyObject *reference;  // called with the number of an object
} decoder_t;
PyObject *malformed_frame(void);
PyObject *decode_value(decoder_t *from, int depth);

// --- link.c: frames of them on a descriptor ---
// Puts `send`, `receive` and `Unencodable` into a module's globals.
bool add_codec(PyObject *scope);
// The next frame of the descriptor; NULL with an exception set, EOFError at the end.
PyObject *receive_value(int fd, PyObject *reference);
// Sends a call's result; what has no encoding is sent as the reason why.
bool send_result(int fd, PyObject *value);

// --- program.c ---
// A small program, to the point where it would leave.
void run_sample(void);
// These do not return.
[[noreturn]] void run_program(char mode, const char *program, size_t length, const char *first, int link);
[[noreturn]] void run_tests(const char *specification, size_t length, int link, int report);

#endif
