#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bind.h"

enum { ARGS_MAX = 8 };

static bool read_size(napi_env env, napi_value value, size_t *size) {
  int64_t number;
  if (napi_get_value_int64(env, value, &number) != napi_ok || number < 0) return false;
  *size = (size_t)number;
  return true;
}

/* Does not ask for the kind of typed array, which takes a chain of tests. For kinds with larger
 * elements the length counts elements, which are fewer than the bytes that there are. */
bool bk_read_bytes(napi_env env, napi_value value, sk_slice *bytes) {
  void *data = NULL;
  const napi_status status =
      napi_get_typedarray_info(env, value, NULL, &bytes->length, &data, NULL, NULL);
  bytes->data = data;
  return status == napi_ok;
}

bool bk_read_bytes_or_null(napi_env env, napi_value value, sk_slice *bytes) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type != napi_null) return bk_read_bytes(env, value, bytes);
  *bytes = (sk_slice){.data = NULL, .length = 0};
  return true;
}

void bk_throw_no_memory(napi_env env) { napi_throw_error(env, "ENOMEM", "berkeley: out of memory"); }

static bool read_string_or_null(napi_env env, napi_value value, char **text) {
  napi_valuetype type;
  *text = NULL;
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_null) return true;
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return false;
  *text = malloc(length + 1);
  if (*text == NULL) bk_throw_no_memory(env);
  return *text != NULL &&
         napi_get_value_string_utf8(env, value, *text, length + 1, &length) == napi_ok;
}

static bool read_one(napi_env env, napi_value value, char letter, void *into) {
  switch (letter) {
    case 'i': return napi_get_value_int32(env, value, into) == napi_ok;
    case 'n': return read_size(env, value, into);
    case '?': return napi_get_value_bool(env, value, into) == napi_ok;
    case 'b': return bk_read_bytes(env, value, into);
    case 's': return read_string_or_null(env, value, into);
    case 'v': *(napi_value *)into = value; return true;
    default: return false;
  }
}

bool bk_parse(napi_env env, napi_callback_info info, const char *format, ...) {
  napi_value argv[ARGS_MAX];
  size_t argc = ARGS_MAX; /* Node-API puts undefined for what the caller left out */
  if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok) return false;
  if (format[0] == '-') format++;
  else bk_outbox_empty(bk_instance_of(env));
  bool good = true;
  va_list into;
  va_start(into, format);
  for (int i = 0; good && format[i] != '\0'; i++) {
    good = read_one(env, argv[i], format[i], va_arg(into, void *));
    if (!good) {
      char message[64];
      snprintf(message, sizeof message, "native argument %d is not of kind '%c'", i, format[i]);
      napi_throw_type_error(env, NULL, message); /* unless there is an exception already */
    }
  }
  va_end(into);
  return good;
}

napi_value bk_number(napi_env env, int64_t value) {
  napi_value number = NULL;
  const bool small = value >= INT32_MIN && value <= INT32_MAX;
  if (small) napi_create_int32(env, (int32_t)value, &number);
  else napi_create_int64(env, value, &number);
  return number;
}

napi_value bk_text(napi_env env, int length, const char *text) {
  if (length < 0) return bk_number(env, length);
  napi_value result = NULL;
  napi_create_string_utf8(env, text, (size_t)length, &result);
  return result;
}

bool bk_keep(napi_env env, napi_value value, napi_ref *ref) {
  napi_ref reference;
  if (napi_create_reference(env, value, 1, &reference) != napi_ok) return false;
  if (*ref != NULL) napi_delete_reference(env, *ref);
  *ref = reference;
  return true;
}

bool bk_parse_memory(napi_env env, napi_callback_info info, napi_value *value, sk_slice *bytes) {
  return bk_parse(env, info, "v", value) && bk_parse(env, info, "b", bytes);
}

bool bk_parse_kept(napi_env env, napi_callback_info info, bk_kept *kept) {
  napi_value value;
  sk_slice bytes;
  if (!bk_parse_memory(env, info, &value, &bytes)) return false;
  if (!bk_keep(env, value, &kept->ref)) return false;
  kept->data = bytes.data;
  kept->length = bytes.length;
  return true;
}
