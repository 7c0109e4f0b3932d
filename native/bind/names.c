#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"

/* The bytes of the address, null if `rc` says that the text was none, or a negative errno. */
static napi_value address_or_null(napi_env env, int rc, const uint8_t *bytes, size_t size) {
  napi_value result = NULL;
  if (rc < 0) return bk_number(env, rc);
  if (rc == 0) {
    napi_get_null(env, &result);
    return result;
  }
  void *data;
  if (napi_create_arraybuffer(env, size, &data, &result) == napi_ok) memcpy(data, bytes, size);
  return result;
}

/* inetPton(family, text): bytes of the address, or null where the text is none */
static napi_value js_inet_pton(napi_env env, napi_callback_info info) {
  int32_t family;
  char *text;
  if (!bk_parse(env, info, "-is", &family, &text)) return NULL;
  uint8_t bytes[16];
  const int rc = text == NULL ? 0 : sk_inet_pton(family, text, bytes);
  free(text);
  return address_or_null(env, rc, bytes, sk_inet_size(family));
}

/* inetAton(text): four bytes, or null where the text is no address */
static napi_value js_inet_aton(napi_env env, napi_callback_info info) {
  char *text;
  if (!bk_parse(env, info, "s", &text)) return NULL;
  uint8_t bytes[4];
  const int rc = text == NULL ? 0 : sk_inet_aton(text, bytes);
  free(text);
  return address_or_null(env, rc, bytes, sizeof bytes);
}

/* inetNtop(family, bytes): text, or a negative errno */
static napi_value js_inet_ntop(napi_env env, napi_callback_info info) {
  int32_t family;
  sk_slice bytes;
  if (!bk_parse(env, info, "-ib", &family, &bytes)) return NULL;
  if (bytes.length != sk_inet_size(family)) return bk_number(env, -EINVAL);
  char text[SK_INET_TEXT_MAX];
  return bk_text(env, sk_inet_ntop(family, bytes.data, text, sizeof text), text);
}

/* sethostname(name): rc */
static napi_value js_sethostname(napi_env env, napi_callback_info info) {
  char *name;
  if (!bk_parse(env, info, "s", &name)) return NULL;
  const int rc = name == NULL ? -EINVAL : sk_sethostname(name);
  free(name);
  return bk_number(env, rc);
}

/* getservbyname(name, protocol or null): port, or a negative errno */
static napi_value js_getservbyname(napi_env env, napi_callback_info info) {
  char *name = NULL, *protocol = NULL;
  napi_value result = NULL;
  if (bk_parse(env, info, "ss", &name, &protocol)) {
    result = bk_number(env, name == NULL ? -ENOENT : sk_getservbyname(name, protocol));
  }
  free(name);
  free(protocol);
  return result;
}

/* getservbyport(port, protocol or null): name, or a negative errno */
static napi_value js_getservbyport(napi_env env, napi_callback_info info) {
  int32_t port;
  char *protocol;
  if (!bk_parse(env, info, "is", &port, &protocol)) return NULL;
  char name[SK_SERVICE_MAX];
  const int length = sk_getservbyport(port, protocol, name);
  free(protocol);
  return bk_text(env, length, name);
}

/* getprotobyname(name): number, or a negative errno */
static napi_value js_getprotobyname(napi_env env, napi_callback_info info) {
  char *name;
  if (!bk_parse(env, info, "s", &name)) return NULL;
  const int rc = name == NULL ? -ENOENT : sk_getprotobyname(name);
  free(name);
  return bk_number(env, rc);
}

const napi_property_descriptor bk_name_functions[] = {
    BK_FUNCTION("inetPton", js_inet_pton),
    BK_FUNCTION("inetAton", js_inet_aton),
    BK_FUNCTION("inetNtop", js_inet_ntop),
    BK_FUNCTION("sethostname", js_sethostname),
    BK_FUNCTION("getservbyname", js_getservbyname),
    BK_FUNCTION("getservbyport", js_getservbyport),
    BK_FUNCTION("getprotobyname", js_getprotobyname),
};
const size_t bk_name_count = BK_COUNT(bk_name_functions);
