// The interpreter: started once, in the runner, with what programs import most.
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char bootstrap[] = {
#embed "bootstrap.py"
    , 0};
static const char rehearsal[] = {
#embed "rehearsal.py"
    , 0};
static const char rehearsed_tests[] =
    "def check(candidate):\n"
    "    assert candidate([3, 1, 2])['digits'] == [1, 2]\n"
    "    assert abs(candidate([5], 'a b')['top'][3] - 0.71) < 1e-6, 'message'\n"
    "    assert candidate([2, 2], text='') != {'n': None} and True, \"more\"\n";

static void stop(const char *what, const char *why) {
  fprintf(stderr, "sandbox-runner: %s: %s\n", what, why ? why : "no reason given");
  exit(70);
}

interpreter_t interpreter;

// In globals of its own: those of __main__ are the program's.
static void run(const char *code) {
  PyObject *scope = PyDict_New();
  PyObject *result = NULL;
  if (scope && PyDict_SetItemString(scope, "__builtins__", PyEval_GetBuiltins()) == 0)
    result = PyRun_String(code, Py_file_input, scope, scope);
  if (!result) {
    PyErr_Print();
    stop("CPython's library can't be imported", "see above");
  }
  Py_DECREF(result);
  Py_DECREF(scope);
}

static PyObject *member(PyObject *scope, const char *name) {
  PyObject *found = PyMapping_GetItemString(scope, name);
  if (!found) stop("bootstrap.py", name);
  return found;
}

static PyObject *member_of(const char *module, const char *name) {
  PyObject *imported = PyImport_ImportModule(module);
  PyObject *found = imported ? PyObject_GetAttrString(imported, name) : NULL;
  if (!found) stop(module, name);
  Py_DECREF(imported);
  return found;
}

static void import(const char *names) {
  char code[1024];
  if (snprintf(code, sizeof code, "import %s", names) >= (int)sizeof code) stop("--preimport", "too long");
  run(code);
}

// See bootstrap.py.
static void rehearse(PyObject *scope) {
  int links[2][2];
  for (int i = 0; i < 2; i++)
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links[i]) != 0) stop("socketpair", strerror(errno));
  PyObject *done = PyObject_CallFunction(member(scope, "rehearse"), "ss((ii)(ii))", rehearsal, rehearsed_tests,
                                         links[0][0], links[0][1], links[1][0], links[1][1]);
  if (!done) {
    PyErr_Print();
    stop("CPython", "does not do what it should; see above");
  }
  Py_DECREF(done);
}

char **library_folders(void) {
  static char *folders[32];
  PyObject *path = PySys_GetObject("path");
  Py_ssize_t count = path ? PyList_Size(path) : 0, kept = 0;
  for (Py_ssize_t i = 0; i < count && kept < 31; i++) {
    const char *folder = PyUnicode_AsUTF8(PyList_GetItem(path, i));
    if (folder) folders[kept++] = strdup(folder);
  }
  return folders;
}

void start_python(char **packages, const char *preimports) {
  // PATH would lead CPython to another one's library.
  clearenv();
  setenv("LANG", "C.UTF-8", 1);
  setenv("TZ", "UTC", 1);
  setenv("TMPDIR", "/scratch", 1);
  setenv("HOME", "/scratch", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  use_huge_code();
  use_huge_pages();
  PyStatus status;
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.site_import = 0;
  config.install_signal_handlers = 0;
  config.write_bytecode = 0;
  config.use_hash_seed = 1;
  config.hash_seed = 0;
  config.buffered_stdio = 1;
  PyConfig_SetString(&config, &config.stdio_encoding, L"utf-8");
  PyConfig_SetString(&config, &config.stdio_errors, L"surrogateescape");
  status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) stop("CPython does not start", status.err_msg);
  for (PyObject *path = PySys_GetObject("path"); path && *packages; packages++) {
    PyObject *folder = PyUnicode_DecodeFSDefault(*packages);
    if (!folder || PyList_Append(path, folder) != 0) stop("--packages", *packages);
    Py_DECREF(folder);
  }
  // Modules that programs import most: each fork finds them loaded.
  import("math,itertools,collections,functools,re,heapq,bisect,string,random,json,typing,datetime,decimal,"
         "fractions,statistics,copy,operator,sys,cmath,array,enum,dataclasses,time,io,os,abc,numbers,textwrap,"
         "traceback,threading,atexit,types,contextlib,struct,gc");
  if (preimports) import(preimports);
  PyObject *module = PyImport_AddModule("assay_bootstrap");
  PyObject *scope = module ? PyModule_GetDict(module) : NULL;
  PyObject *result = NULL;
  if (scope && PyDict_SetItemString(scope, "__builtins__", PyEval_GetBuiltins()) == 0 && add_codec(scope))
    result = PyRun_String(bootstrap, Py_file_input, scope, scope);
  if (!result) {
    PyErr_Print();
    exit(70);
  }
  Py_DECREF(result);
  interpreter = (interpreter_t){
      .main_scope = PyModule_GetDict(PyImport_AddModule("__main__")),
      .find_function = member(scope, "find_function"), .serve = member(scope, "serve"),
      .run_tests = member(scope, "run_tests"), .judge_end = member(scope, "judge_end"),
      .finish_threads = member_of("threading", "_shutdown"),
      .run_exit_functions = member_of("atexit", "_run_exitfuncs"),
      .thread_exits = member_of("threading", "_threading_atexits"),
  };
  rehearse(scope);
  run("import random, gc\nrandom.seed(0)\ngc.collect()\ngc.freeze()\n");
  begin_forking();
}
