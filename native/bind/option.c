#include "bind.h"

/* getsockopt(fd, level, name, bytes): bytes written */
static napi_value js_getsockopt(napi_env env, napi_callback_info info) {
  int32_t fd, level, name;
  sk_slice bytes;
  if (!bk_parse(env, info, "iiib", &fd, &level, &name, &bytes)) return NULL;
  uint32_t length = bk_socklen(bytes.length);
  const int rc = sk_getsockopt(fd, level, name, bytes.data, &length);
  return bk_number(env, rc < 0 ? rc : (int64_t)length);
}

/* getsockoptInt(fd, level, name): rc; the option is values[0] */
static napi_value js_getsockopt_int(napi_env env, napi_callback_info info) {
  int32_t fd, level, name;
  if (!bk_parse(env, info, "iii", &fd, &level, &name)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  bk->shared->values[0] = 0; /* some options write fewer bytes than an int has */
  uint32_t length = sizeof bk->shared->values[0];
  return bk_number(env, sk_getsockopt(fd, level, name, &bk->shared->values[0], &length));
}

/* setsockopt(fd, level, name, bytes): rc */
static napi_value js_setsockopt(napi_env env, napi_callback_info info) {
  int32_t fd, level, name;
  sk_slice bytes;
  if (!bk_parse(env, info, "iiib", &fd, &level, &name, &bytes)) return NULL;
  return bk_number(env, sk_setsockopt(fd, level, name, bytes.data, bk_socklen(bytes.length)));
}

/* setsockoptInt(fd, level, name, value): rc */
static napi_value js_setsockopt_int(napi_env env, napi_callback_info info) {
  int32_t fd, level, name, value;
  if (!bk_parse(env, info, "iiii", &fd, &level, &name, &value)) return NULL;
  return bk_number(env, sk_setsockopt(fd, level, name, &value, sizeof value));
}

/* setsockoptFilter(fd, level, name, program): rc; the value is a struct sock_fprog for `program` */
static napi_value js_setsockopt_filter(napi_env env, napi_callback_info info) {
  int32_t fd, level, name;
  sk_slice program;
  if (!bk_parse(env, info, "iiib", &fd, &level, &name, &program)) return NULL;
  const uint32_t length = bk_socklen(program.length);
  return bk_number(env, sk_setsockopt_filter(fd, level, name, program.data, length));
}

/* setsockoptNull(fd, level, name, length): rc; the value is a null pointer */
static napi_value js_setsockopt_null(napi_env env, napi_callback_info info) {
  int32_t fd, level, name;
  size_t length;
  if (!bk_parse(env, info, "iiin", &fd, &level, &name, &length)) return NULL;
  return bk_number(env, sk_setsockopt(fd, level, name, NULL, bk_socklen(length)));
}

const napi_property_descriptor bk_option_functions[] = {
    BK_FUNCTION("getsockopt", js_getsockopt),
    BK_FUNCTION("getsockoptInt", js_getsockopt_int),
    BK_FUNCTION("setsockopt", js_setsockopt),
    BK_FUNCTION("setsockoptInt", js_setsockopt_int),
    BK_FUNCTION("setsockoptFilter", js_setsockopt_filter),
    BK_FUNCTION("setsockoptNull", js_setsockopt_null),
};
const size_t bk_option_count = BK_COUNT(bk_option_functions);
