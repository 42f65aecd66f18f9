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

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 200 };

PyObject *unencodable;

// --- Encoding ---

bool append_bytes(encoder_t *to, const void *from, size_t count) {
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
  return append_bytes(to, &tag, 1) && append_bytes(to, from, count);
}

bool append_counted(encoder_t *to, char tag, const char *from, Py_ssize_t length) {
  uint32_t count = length > FRAME_LIMIT ? FRAME_LIMIT : (uint32_t)length;  // too long: append says so
  return append_tagged(to, tag, &count, sizeof count) && append_bytes(to, from, (size_t)length);
}

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
    bool done = item && encode_value(to, item, depth + 1);
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
    if (!encode_value(to, item, depth + 1)) return false;
  return true;
}

static bool encode_dictionary(encoder_t *to, PyObject *value, int depth) {
  uint32_t count = (uint32_t)PyDict_GET_SIZE(value);
  if (!append_tagged(to, 'd', &count, sizeof count)) return false;
  PyObject *key, *item;
  Py_ssize_t at = 0;
  while (PyDict_Next(value, &at, &key, &item))
    if (!encode_value(to, key, depth + 1) || !encode_value(to, item, depth + 1)) return false;
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
    bool done = plain && encode_value(to, plain, depth + 1);
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

bool encode_value(encoder_t *to, PyObject *value, int depth) {
  if (depth > DEPTH) {
    PyErr_SetString(unencodable, "a value nested more than 200 deep");
    return false;
  }
  if (value == Py_None) return append_bytes(to, "N", 1);
  if (PyBool_Check(value)) return append_bytes(to, value == Py_True ? "T" : "F", 1);
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

PyObject *malformed_frame(void) {
  PyErr_SetString(PyExc_ValueError, "a malformed frame");
  return NULL;
}

static bool take(decoder_t *from, void *to, size_t count) {
  if ((size_t)(from->end - from->at) < count) return malformed_frame() != NULL;
  memcpy(to, from->at, count);
  from->at += count;
  return true;
}

static PyObject *decode_counted(decoder_t *from, char tag) {
  uint32_t length;
  if (!take(from, &length, sizeof length)) return NULL;
  if ((size_t)(from->end - from->at) < length) return malformed_frame();
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
    if (!result && !PyErr_Occurred()) malformed_frame();
  }
  Py_XDECREF(text);
  return result;
}

static PyObject *decode_items(decoder_t *from, char tag, int depth) {
  uint32_t count;
  if (!take(from, &count, sizeof count)) return NULL;
  if ((size_t)(from->end - from->at) < count) return malformed_frame();
  PyObject *list = PyList_New(count);
  for (uint32_t i = 0; list && i < count; i++) {
    PyObject *item = decode_value(from, depth + 1);
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
  if ((size_t)(from->end - from->at) / 2 < count) return malformed_frame();
  PyObject *result = PyDict_New();
  for (uint32_t i = 0; result && i < count; i++) {
    PyObject *key = decode_value(from, depth + 1);
    PyObject *value = key ? decode_value(from, depth + 1) : NULL;
    if (!value || PyDict_SetItem(result, key, value) != 0) Py_CLEAR(result);
    Py_XDECREF(key);
    Py_XDECREF(value);
  }
  return result;
}

PyObject *decode_value(decoder_t *from, int depth) {
  char tag;
  int64_t integer;
  double numbers[2];
  uint32_t handle;
  if (depth > DEPTH) return malformed_frame();
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
      if (from->reference == Py_None) return malformed_frame();
      PyObject *number = PyLong_FromUnsignedLong(handle);
      PyObject *object = number ? PyObject_CallOneArg(from->reference, number) : NULL;
      Py_XDECREF(number);
      return object;
    default: return malformed_frame();
  }
}
