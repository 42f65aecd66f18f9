// In the child: the program is loaded and run, or its functions called. What is written in C here could be
// Python; it is C because each Python object that a fork touches costs it the copy of a page.
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void flush(const char *name) {
  PyObject *stream = PySys_GetObject(name);
  if (stream && stream != Py_None) Py_XDECREF(PyObject_CallMethod(stream, "flush", NULL));
  PyErr_Clear();
}

// As the interpreter leaves: threads first, then what `atexit` knows, then the streams.
static void finish(void) {
  PyThreadState *first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
  if (PyThreadState_Next(first) || PyList_GET_SIZE(interpreter.thread_exits) > 0)
    Py_XDECREF(PyObject_CallNoArgs(interpreter.finish_threads));
  PyErr_Clear();
  Py_XDECREF(PyObject_CallNoArgs(interpreter.run_exit_functions));
  PyErr_Clear();
  flush("stdout");
  flush("stderr");
}

[[noreturn]] static void leave(int status) {
  finish();
  _exit(status);
}

// The exception that is set decides the exit status.
[[noreturn]] static void fail(void) {
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  if (error && trace) PyException_SetTraceback(error, trace);
  PyObject *status = error ? PyObject_CallOneArg(interpreter.judge_end, error) : NULL;
  long code = status ? PyLong_AsLong(status) : 76;
  PyErr_Clear();
  leave((int)(code & 255));
}

// Compiles and runs the program as `__main__`.
static bool load(const char *program, size_t length) {
  if (memchr(program, 0, length)) {
    PyObject *error = PyObject_CallFunction(PyExc_SyntaxError, "s(siiO)", "source code cannot contain null bytes",
                                            "<program>", 1, 1, Py_None);
    PyErr_SetObject(PyExc_SyntaxError, error);
    Py_XDECREF(error);
    return false;
  }
  PyCompilerFlags flags = _PyCompilerFlags_INIT;
  flags.cf_flags = PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE;
  PyObject *code = Py_CompileStringExFlags(program, "<program>", Py_file_input, &flags, -1);
  PyObject *result = code ? PyEval_EvalCode(code, interpreter.main_scope, interpreter.main_scope) : NULL;
  Py_XDECREF(code);
  Py_XDECREF(result);
  return result != NULL;
}

void run_sample(void) {
  static const char program[] = "a, b = 2, 3\ndef f(a, b):\n    return a + b\nprint(f(a, b))\n";
  load(program, sizeof program - 1);
  finish();
}

// What iterates once is sent as the list of what it gives.
static PyObject *listed(PyObject *value) {
  PyTypeObject *type = Py_TYPE(value);
  if (!PyGen_CheckExact(value) && type != &PyMap_Type && type != &PyFilter_Type && type != &PyZip_Type) return value;
  PyObject *list = PySequence_List(value);
  Py_DECREF(value);
  return list;
}

// One frame of arguments and one of result for each call. The next arguments come when there is a result.
[[noreturn]] static void run_calls(const char *name, int link) {
  PyObject *function = PyObject_CallFunction(interpreter.find_function, "Os", interpreter.main_scope, name);
  if (!function) fail();
  for (;;) {
    PyObject *arguments = receive_value(link, Py_None);
    if (!arguments && PyErr_ExceptionMatches(PyExc_EOFError)) {
      PyErr_Clear();
      leave(0);
    }
    PyObject *tuple = arguments ? PyList_AsTuple(arguments) : NULL;
    PyObject *result = tuple ? PyObject_Call(function, tuple, NULL) : NULL;
    if (result) result = listed(result);
    if (!result || !send_result(link, result)) fail();
    Py_DECREF(result);
    Py_DECREF(tuple);
    Py_DECREF(arguments);
  }
}

void run_program(char mode, const char *program, size_t length, const char *first, int link) {
  bool loaded = load(program, length);
  if (mode == 'T') {
    // The tests learn what became of it; an exception is theirs to report.
    PyObject *type = NULL, *error = NULL, *trace = NULL;
    if (!loaded) {
      PyErr_Fetch(&type, &error, &trace);
      PyErr_NormalizeException(&type, &error, &trace);
      if (error && trace) PyException_SetTraceback(error, trace);
    }
    if (!PyObject_CallFunction(interpreter.serve, "OOi", interpreter.main_scope, error ? error : Py_None, link)) fail();
    leave(0);
  }
  if (!loaded) fail();
  if (mode == 'C') run_calls(first, link);
  leave(0);
}

void run_tests(const char *specification, size_t length, int link, int report) {
  PyObject *text = PyUnicode_DecodeUTF8(specification, (Py_ssize_t)length, "surrogatepass");
  if (text) Py_XDECREF(PyObject_CallFunction(interpreter.run_tests, "Oii", text, link, report));
  // It leaves by itself.
  if (PyErr_Occurred()) PyErr_Print();
  _exit(98);
}
