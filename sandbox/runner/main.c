// sandbox-runner: reads requests from standard input, runs each program in a confined fork, writes what
// became of it to standard output. Started by the client (sandbox/client); not for use by hand.
//
// A frame is a length (u32, little-endian) and so many bytes. The first frame out lists the layers of
// isolation. Request: mode, four u32 (cpu ms, wall ms, memory MiB, output KiB), then three texts, each with
// its u32 length. Response: kind (u8), status (i32), cpu µs (u64), then three texts: output, errors, result.
#define _GNU_SOURCE
#include "runner.h"

#include <Python.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern uint64_t runner_address_space;

static const char bootstrap[] = {
#embed "values.py"
    , '\n', '\n',
#embed "bootstrap.py"
    , 0};

static bool read_exactly(void *to, size_t count) {
  char *at = to;
  while (count > 0) {
    ssize_t got = read(0, at, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= (size_t)got;
  }
  return true;
}

static bool write_exactly(const void *from, size_t count) {
  const char *at = from;
  while (count > 0) {
    ssize_t put = write(1, at, count);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    count -= (size_t)put;
  }
  return true;
}

// A zero behind each text: CPython likes its strings so.
static char *read_text(size_t *length) {
  uint32_t count;
  if (!read_exactly(&count, sizeof count)) return NULL;
  char *bytes = malloc((size_t)count + 1);
  if (!bytes || !read_exactly(bytes, count)) {
    free(bytes);
    return NULL;
  }
  bytes[count] = 0;
  *length = count;
  return bytes;
}

static bool write_text(const char *bytes, size_t length) {
  uint32_t count = (uint32_t)length;
  return write_exactly(&count, sizeof count) && (length == 0 || write_exactly(bytes, length));
}

static void start_python(void) {
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
  PyConfig_SetString(&config, &config.home, L"/usr");
  status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) {
    fprintf(stderr, "sandbox-runner: CPython does not start: %s\n", status.err_msg ? status.err_msg : "no reason given");
    exit(70);
  }
  // Modules that programs import most: each fork finds them loaded.
  static const char imports[] =
      "import math,itertools,collections,functools,re,heapq,bisect,string,random,json,typing,datetime,decimal,"
      "fractions,statistics,copy,operator,sys,cmath,array,enum,dataclasses,time,io,os,abc,numbers,textwrap,"
      "traceback,threading,atexit,types,contextlib,inspect,queue,hashlib,struct,calendar,unittest.mock,gc\n"
      "random.seed(0)\n"
      "gc.collect(); gc.freeze()\n";
  PyRun_SimpleString(imports);
  PyObject *module = PyImport_AddModule("assay_bootstrap");
  PyObject *scope = module ? PyModule_GetDict(module) : NULL;
  PyObject *result = NULL;
  if (scope && PyDict_SetItemString(scope, "__builtins__", PyEval_GetBuiltins()) == 0)
    result = PyRun_String(bootstrap, Py_file_input, scope, scope);
  if (!result) {
    PyErr_Print();
    exit(70);
  }
  Py_DECREF(result);
}

static void measure_address_space(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%lu", &pages) != 1) pages = 0;
  if (file) fclose(file);
  runner_address_space = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  close_range(3, ~0u, 0);
  setenv("TZ", "UTC", 1);
  setenv("TMPDIR", "/scratch", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  start_python();
  measure_address_space();
  isolation_t isolation = {0};
  isolate_runner(&isolation);
  char layers[256];
  describe_isolation(&isolation, layers, sizeof layers);
  if (!write_text(layers, strlen(layers))) return 70;

  request_t request;
  while (read_exactly(&request.mode, 1)) {
    uint32_t numbers[4];
    if (!read_exactly(numbers, sizeof numbers)) return 70;
    request.cpu_ms = numbers[0];
    request.wall_ms = numbers[1];
    request.memory_mb = numbers[2];
    request.output_kb = numbers[3];
    char *program = read_text(&request.program_length);
    char *first = read_text(&request.first_length);
    char *second = read_text(&request.second_length);
    if (!program || !first || !second) return 70;
    request.program = program;
    request.first = first;
    request.second = second;
    response_t response;
    supervise(&request, &isolation, &response);
    bool sent = write_exactly(&response.kind, 1) && write_exactly(&response.status, 4) &&
                write_exactly(&response.cpu_us, 8) && write_text(response.output, response.output_length) &&
                write_text(response.errors, response.errors_length) &&
                write_text(response.result, response.result_length);
    free(response.output);
    free(response.errors);
    free(response.result);
    free(program);
    free(first);
    free(second);
    if (!sent) return 70;
  }
  return 0;
}
