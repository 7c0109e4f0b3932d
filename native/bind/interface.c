#include <errno.h>
#include <stdlib.h>

#include "bind.h"

/* ifNametoindex(name): index */
static napi_value js_if_nametoindex(napi_env env, napi_callback_info info) {
  char *name;
  if (!bk_parse(env, info, "s", &name)) return NULL;
  const int rc = name == NULL ? -ENODEV : sk_if_nametoindex(name);
  free(name);
  return bk_number(env, rc);
}

/* ifIndextoname(index): name, or a negative errno */
static napi_value js_if_indextoname(napi_env env, napi_callback_info info) {
  int32_t index;
  if (!bk_parse(env, info, "i", &index)) return NULL;
  char name[SK_INTERFACE_MAX];
  return bk_text(env, sk_if_indextoname((uint32_t)index, name), name);
}

static bool put_row(napi_env env, napi_value rows, uint32_t at, const sk_interface *interface) {
  napi_value row, name;
  return napi_create_array_with_length(env, 2, &row) == napi_ok &&
         napi_set_element(env, row, 0, bk_number(env, interface->index)) == napi_ok &&
         napi_create_string_utf8(env, interface->name, NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_set_element(env, row, 1, name) == napi_ok &&
         napi_set_element(env, rows, at, row) == napi_ok;
}

/* ifNameindex(): rows of [index, name], or a negative errno */
static napi_value js_if_nameindex(napi_env env, napi_callback_info info) {
  (void)info;
  sk_interface *found = NULL;
  const int count = sk_if_nameindex(&found);
  if (count < 0) return bk_number(env, count);
  napi_value rows = NULL;
  bool good = napi_create_array_with_length(env, (size_t)count, &rows) == napi_ok;
  for (int row = 0; good && row < count; row++) good = put_row(env, rows, row, &found[row]);
  free(found);
  return good ? rows : NULL;
}

const napi_property_descriptor bk_interface_functions[] = {
    BK_FUNCTION("ifNametoindex", js_if_nametoindex),
    BK_FUNCTION("ifIndextoname", js_if_indextoname),
    BK_FUNCTION("ifNameindex", js_if_nameindex),
};
const size_t bk_interface_count = BK_COUNT(bk_interface_functions);
