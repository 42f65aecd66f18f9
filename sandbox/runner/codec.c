// How values cross between the forks and to the client: frames of a closed, typed encoding. Nothing in a frame is
// ever executed, and no method of a program's object is called while it is encoded.
//
// A frame is a u32 length and so many bytes, one value: a tag and what it needs (numbers little-endian).
//   N none, T true, F false, i i64, I big integer (u32 length, hexadecimal as Python writes it; D: decimal, only towards a program), f f64, c two f64,
//   s text (u32 length, UTF-8), b bytes (u32 length), l list, t tuple, S set, z frozenset (u32 count, values),
//   d dictionary (u32 count, keys and values in turn), h u32 (an object that stays where it is), n name of a
//   built-in type (u32 length). From a call only: u why the result has no encoding (u32 length, UTF-8).
#define _GNU_SOURCE
#include "interpreter.h"
#include "runner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 200, FRAME_LIMIT = 256 << 20 };

static PyObject *unencodable;

// --- Encoding ---

typedef struct {
  struct {
    char *bytes;
    size_t length, capacity;
  } bytes;
  PyObject *put;  // called with an object that has no encoding; gives its number
} encoder_t;

static bool append(encoder_t *to, const void *from, size_t count) {
  if (to->bytes.length + count > FRAME_LIMIT) {
    PyErr_SetString(unencodable, "a value of more than 256 MiB");
    return false;
  }
  size_t needed = to->bytes.length + count;
  if (needed > to->bytes.capacity) {
    char *bytes = realloc(to->bytes.bytes, needed * 2);
    if (!bytes) return PyErr_NoMemory() != NULL;
    to->bytes.bytes = bytes;
    to->bytes.capacity = needed * 2;
  }
  memcpy(to->bytes.bytes + to->bytes.length, from, count);
  to->bytes.length = needed;
  return true;
}

static bool append_tagged(encoder_t *to, char tag, const void *from, size_t count) {
  return append(to, &tag, 1) && append(to, from, count);
}

static bool append_counted(encoder_t *to, char tag, const char *from, Py_ssize_t length) {
  uint32_t count = length > FRAME_LIMIT ? FRAME_LIMIT : (uint32_t)length;  // too long: append says so
  return append_tagged(to, tag, &count, sizeof count) && append(to, from, (size_t)length);
}

static bool encode(encoder_t *to, PyObject *value, int depth);

static bool encode_integer(encoder_t *to, PyObject *value) {
  int overflow;
  int64_t small = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (!overflow) return append_tagged(to, 'i', &small, sizeof small);
  if (_PyLong_NumBits(value) > 64 << 20) {
    PyErr_SetString(unencodable, "an integer of more than 8 MiB");
    return false;
  }
  PyObject *text = _PyLong_Format(value, 16);
  Py_ssize_t length;
  const char *bytes = text ? PyUnicode_AsUTF8AndSize(text, &length) : NULL;
  bool done = bytes && append_counted(to, 'I', bytes, length);
  Py_XDECREF(text);
  return done;
}

static bool encode_text(encoder_t *to, PyObject *value) {
  Py_ssize_t length;
  // Fails for lone surrogates alone, which the slower way keeps.
  const char *bytes = PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, &length) : NULL;
  if (bytes) return append_counted(to, 's', bytes, length);
  PyErr_Clear();
  PyObject *encoded = PyUnicode_AsEncodedString(value, "utf-8", "surrogatepass");
  bool done = encoded && append_counted(to, 's', PyBytes_AS_STRING(encoded), PyBytes_GET_SIZE(encoded));
  Py_XDECREF(encoded);
  return done;
}

static bool encode_items(encoder_t *to, char tag, PyObject *value, int depth) {
  uint32_t count = (uint32_t)(tag == 'l' ? PyList_GET_SIZE(value) : PyTuple_GET_SIZE(value));
  if (!append_tagged(to, tag, &count, sizeof count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    // Threads of the program may shorten a list meanwhile.
    PyObject *item = tag == 't' ? PyTuple_GET_ITEM(value, i) : PyList_GetItem(value, i);
    Py_XINCREF(item);
    bool done = item && encode(to, item, depth + 1);
    Py_XDECREF(item);
    if (!done) return false;
  }
  return true;
}

static bool encode_set(encoder_t *to, PyObject *value, int depth) {
  uint32_t count = (uint32_t)PySet_GET_SIZE(value);
  char tag = PyFrozenSet_Check(value) ? 'z' : 'S';
  if (!append_tagged(to, tag, &count, sizeof count)) return false;
  PyObject *item;
  Py_hash_t hash;
  Py_ssize_t at = 0;
  while (_PySet_NextEntry(value, &at, &item, &hash))
    if (!encode(to, item, depth + 1)) return false;
  return true;
}

static bool encode_dictionary(encoder_t *to, PyObject *value, int depth) {
  uint32_t count = (uint32_t)PyDict_GET_SIZE(value);
  if (!append_tagged(to, 'd', &count, sizeof count)) return false;
  PyObject *key, *item;
  Py_ssize_t at = 0;
  while (PyDict_Next(value, &at, &key, &item))
    if (!encode(to, key, depth + 1) || !encode(to, item, depth + 1)) return false;
  return true;
}

// What iterates like a list and is the interpreter's own: ranges, views of dictionaries.
static bool is_view(PyTypeObject *type) {
  return type == &PyRange_Type || type == &PyDictKeys_Type || type == &PyDictValues_Type || type == &PyDictItems_Type;
}

static bool is_builtin_type(PyObject *value) {
  if (!PyType_Check(value)) return false;
  PyObject *known = PyDict_GetItemString(PyEval_GetBuiltins(), ((PyTypeObject *)value)->tp_name);
  return known == value;
}

static bool encode_other(encoder_t *to, PyObject *value, int depth) {
  PyTypeObject *type = Py_TYPE(value);
  if (is_view(type)) {
    PyObject *list = PySequence_List(value);
    bool done = list && encode_items(to, 'l', list, depth);
    Py_XDECREF(list);
    return done;
  }
  if (is_builtin_type(value)) {
    const char *name = ((PyTypeObject *)value)->tp_name;
    return append_counted(to, 'n', name, (Py_ssize_t)strlen(name));
  }
  // Numbers and arrays of numpy; what a program makes look like one it could as well have returned.
  if (!strncmp(type->tp_name, "numpy.", 6) && PyObject_HasAttrString(value, "tolist")) {
    PyObject *plain = PyObject_CallMethod(value, "tolist", NULL);
    bool done = plain && encode(to, plain, depth + 1);
    Py_XDECREF(plain);
    return done;
  }
  if (to->put == Py_None) {
    PyErr_Format(unencodable, "a value of type %.100s", type->tp_name);
    return false;
  }
  PyObject *number = PyObject_CallOneArg(to->put, value);
  uint32_t handle = number ? (uint32_t)PyLong_AsUnsignedLongMask(number) : 0;
  Py_XDECREF(number);
  return !PyErr_Occurred() && append_tagged(to, 'h', &handle, sizeof handle);
}

static bool encode(encoder_t *to, PyObject *value, int depth) {
  if (depth > DEPTH) {
    PyErr_SetString(unencodable, "a value nested more than 200 deep");
    return false;
  }
  if (value == Py_None) return append(to, "N", 1);
  if (PyBool_Check(value)) return append(to, value == Py_True ? "T" : "F", 1);
  if (PyLong_Check(value)) return encode_integer(to, value);
  if (PyFloat_Check(value)) return append_tagged(to, 'f', &((PyFloatObject *)value)->ob_fval, sizeof(double));
  if (PyComplex_Check(value)) return append_tagged(to, 'c', &((PyComplexObject *)value)->cval, sizeof(Py_complex));
  if (PyUnicode_Check(value)) return encode_text(to, value);
  if (PyList_Check(value)) return encode_items(to, 'l', value, depth);
  if (PyTuple_Check(value)) return encode_items(to, 't', value, depth);
  if (PyDict_Check(value)) return encode_dictionary(to, value, depth);
  if (PyAnySet_Check(value)) return encode_set(to, value, depth);
  if (PyBytes_Check(value)) return append_counted(to, 'b', PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
  if (PyByteArray_Check(value))
    return append_counted(to, 'b', PyByteArray_AS_STRING(value), PyByteArray_GET_SIZE(value));
  return encode_other(to, value, depth);
}

// --- Decoding: bounds are checked; counts can't ask for more than the frame holds ---

typedef struct {
  const char *at, *end;
  PyObject *reference;  // called with the number of an object
} decoder_t;

static PyObject *malformed(void) {
  PyErr_SetString(PyExc_ValueError, "a malformed frame");
  return NULL;
}

static bool take(decoder_t *from, void *to, size_t count) {
  if ((size_t)(from->end - from->at) < count) return malformed() != NULL;
  memcpy(to, from->at, count);
  from->at += count;
  return true;
}

static PyObject *decode(decoder_t *from, int depth);

static PyObject *decode_counted(decoder_t *from, char tag) {
  uint32_t length;
  if (!take(from, &length, sizeof length)) return NULL;
  if ((size_t)(from->end - from->at) < length) return malformed();
  const char *bytes = from->at;
  from->at += length;
  if (tag == 's') return PyUnicode_DecodeUTF8(bytes, length, "surrogatepass");
  if (tag == 'b') return PyBytes_FromStringAndSize(bytes, length);
  PyObject *text = PyUnicode_DecodeUTF8(bytes, length, "strict");
  PyObject *result = NULL;
  if (text && (tag == 'I' || tag == 'D')) result = PyLong_FromUnicodeObject(text, tag == 'I' ? 16 : 10);
  if (text && tag == 'n') {
    result = Py_XNewRef(PyDict_GetItemWithError(PyEval_GetBuiltins(), text));
    if (!result || !PyType_Check(result)) Py_CLEAR(result);
    if (!result && !PyErr_Occurred()) malformed();
  }
  Py_XDECREF(text);
  return result;
}

static PyObject *decode_items(decoder_t *from, char tag, int depth) {
  uint32_t count;
  if (!take(from, &count, sizeof count)) return NULL;
  if ((size_t)(from->end - from->at) < count) return malformed();
  PyObject *list = PyList_New(count);
  for (uint32_t i = 0; list && i < count; i++) {
    PyObject *item = decode(from, depth + 1);
    if (!item) Py_CLEAR(list);
    else PyList_SET_ITEM(list, i, item);
  }
  if (!list || tag == 'l') return list;
  PyObject *result = tag == 't' ? PyList_AsTuple(list) : tag == 'S' ? PySet_New(list) : PyFrozenSet_New(list);
  Py_DECREF(list);
  return result;
}

static PyObject *decode_dictionary(decoder_t *from, int depth) {
  uint32_t count;
  if (!take(from, &count, sizeof count)) return NULL;
  if ((size_t)(from->end - from->at) / 2 < count) return malformed();
  PyObject *result = PyDict_New();
  for (uint32_t i = 0; result && i < count; i++) {
    PyObject *key = decode(from, depth + 1);
    PyObject *value = key ? decode(from, depth + 1) : NULL;
    if (!value || PyDict_SetItem(result, key, value) != 0) Py_CLEAR(result);
    Py_XDECREF(key);
    Py_XDECREF(value);
  }
  return result;
}

static PyObject *decode(decoder_t *from, int depth) {
  char tag;
  int64_t integer;
  double numbers[2];
  uint32_t handle;
  if (depth > DEPTH) return malformed();
  if (!take(from, &tag, 1)) return NULL;
  switch (tag) {
    case 'N': return Py_NewRef(Py_None);
    case 'T': return Py_NewRef(Py_True);
    case 'F': return Py_NewRef(Py_False);
    case 'i': return take(from, &integer, sizeof integer) ? PyLong_FromLongLong(integer) : NULL;
    case 'f': return take(from, numbers, sizeof *numbers) ? PyFloat_FromDouble(numbers[0]) : NULL;
    case 'c': return take(from, numbers, sizeof numbers) ? PyComplex_FromDoubles(numbers[0], numbers[1]) : NULL;
    case 's': case 'b': case 'I': case 'D': case 'n': return decode_counted(from, tag);
    case 'l': case 't': case 'S': case 'z': return decode_items(from, tag, depth);
    case 'd': return decode_dictionary(from, depth);
    case 'h':
      if (!take(from, &handle, sizeof handle)) return NULL;
      if (from->reference == Py_None) return malformed();
      PyObject *number = PyLong_FromUnsignedLong(handle);
      PyObject *object = number ? PyObject_CallOneArg(from->reference, number) : NULL;
      Py_XDECREF(number);
      return object;
    default: return malformed();
  }
}

// --- For bootstrap.py ---

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
  bool done = append(&frame, &length_to_come, sizeof length_to_come) && encode(&frame, value, 0) && send_frame(fd, &frame);
  free(frame.bytes.bytes);
  return done ? Py_NewRef(Py_None) : NULL;
}

bool send_result(int fd, PyObject *value) {
  encoder_t frame = {.put = Py_None};
  bool done = append(&frame, &length_to_come, sizeof length_to_come) && encode(&frame, value, 0);
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
  if (!bytes) return malformed();
  PyObject *value = NULL;
  if (read_all(fd, bytes, length)) {
    decoder.at = bytes;
    decoder.end = bytes + length;
    value = decode(&decoder, 0);
    if (value && decoder.at != decoder.end) {
      Py_CLEAR(value);
      malformed();
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
