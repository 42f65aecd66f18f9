// Frames on a descriptor: what the forks send each other and the runner, and receive. The values in them: codec.c.
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_all(int fd, const char *at, size_t count) {
  while (count > 0) {
    ssize_t put = write(fd, at, count);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return PyErr_SetFromErrno(PyExc_OSError) != NULL;
    at += put;
    count -= (size_t)put;
  }
  return true;
}

static bool send_frame(int fd, encoder_t *frame) {
  uint32_t length = (uint32_t)(frame->bytes.length - sizeof length);
  memcpy(frame->bytes.bytes, &length, sizeof length);
  return write_all(fd, frame->bytes.bytes, frame->bytes.length);
}

static const uint32_t length_to_come = 0;

// send(fd, value, put)
static PyObject *py_send(PyObject *, PyObject *arguments) {
  int fd;
  PyObject *value;
  encoder_t frame = {0};
  if (!PyArg_ParseTuple(arguments, "iOO", &fd, &value, &frame.put)) return NULL;
  bool done = append_bytes(&frame, &length_to_come, sizeof length_to_come) && encode_value(&frame, value, 0) && send_frame(fd, &frame);
  free(frame.bytes.bytes);
  return done ? Py_NewRef(Py_None) : NULL;
}

bool send_result(int fd, PyObject *value) {
  encoder_t frame = {.put = Py_None};
  bool done = append_bytes(&frame, &length_to_come, sizeof length_to_come) && encode_value(&frame, value, 0);
  if (!done && PyErr_ExceptionMatches(unencodable)) {
    PyObject *type, *error, *trace, *why = NULL;
    PyErr_Fetch(&type, &error, &trace);
    if (error) why = PyObject_Str(error);
    Py_ssize_t length = 0;
    const char *text = why ? PyUnicode_AsUTF8AndSize(why, &length) : "";
    frame.bytes.length = sizeof length_to_come;
    done = text && append_counted(&frame, 'u', text, length);
    Py_XDECREF(why);
  }
  done = done && send_frame(fd, &frame);
  free(frame.bytes.bytes);
  return done;
}

// What came with the last read and was not used yet; a process receives from one descriptor.
static char received[1 << 14];
static size_t received_from, received_to;

static bool read_all(int fd, char *to, size_t count) {
  while (count > 0) {
    size_t there = received_to - received_from;
    if (there > 0) {
      size_t part = there < count ? there : count;
      memcpy(to, received + received_from, part);
      received_from += part;
      to += part;
      count -= part;
      continue;
    }
    ssize_t got;
    Py_BEGIN_ALLOW_THREADS
    got = read(fd, received, sizeof received);
    Py_END_ALLOW_THREADS
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return PyErr_SetFromErrno(PyExc_OSError) != NULL;
    if (got == 0) {
      PyErr_SetString(PyExc_EOFError, "the other side has ended");
      return false;
    }
    received_from = 0;
    received_to = (size_t)got;
  }
  return true;
}

PyObject *receive_value(int fd, PyObject *reference) {
  uint32_t length;
  decoder_t decoder = {.reference = reference};
  if (!read_all(fd, (char *)&length, sizeof length)) return NULL;
  char *bytes = length <= FRAME_LIMIT ? malloc(length + 1) : NULL;
  if (!bytes) return malformed_frame();
  PyObject *value = NULL;
  if (read_all(fd, bytes, length)) {
    decoder.at = bytes;
    decoder.end = bytes + length;
    value = decode_value(&decoder, 0);
    if (value && decoder.at != decoder.end) {
      Py_CLEAR(value);
      malformed_frame();
    }
  }
  free(bytes);
  return value;
}

// receive(fd, reference)
static PyObject *py_receive(PyObject *, PyObject *arguments) {
  int fd;
  PyObject *reference;
  return PyArg_ParseTuple(arguments, "iO", &fd, &reference) ? receive_value(fd, reference) : NULL;
}

static PyMethodDef functions[] = {
    {"send", py_send, METH_VARARGS, "send(fd, value, put)"},
    {"receive", py_receive, METH_VARARGS, "receive(fd, reference)"},
    {NULL, NULL, 0, NULL},
};

bool add_codec(PyObject *scope) {
  unencodable = PyErr_NewException("assay.Unencodable", NULL, NULL);
  if (!unencodable || PyDict_SetItemString(scope, "Unencodable", unencodable) != 0) return false;
  for (PyMethodDef *function = functions; function->ml_name; function++) {
    PyObject *callable = PyCFunction_New(function, NULL);
    if (!callable || PyDict_SetItemString(scope, function->ml_name, callable) != 0) return false;
    Py_DECREF(callable);
  }
  return true;
}
