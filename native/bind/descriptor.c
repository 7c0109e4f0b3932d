#include "bind.h"

/* own(fd), disown(fd): whether the environment closes it when it ends */
static napi_value js_own(napi_env env, napi_callback_info info) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  if (fd >= 0) bk_own(bk_instance_of(env), fd);
  return NULL;
}

static napi_value js_disown(napi_env env, napi_callback_info info) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  bk_disown(bk_instance_of(env), fd);
  return NULL;
}

/* close(fd): rc */
static napi_value js_close(napi_env env, napi_callback_info info) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  bk_disown(bk_instance_of(env), fd);
  return bk_number(env, sk_close(fd));
}

static napi_value of_fd(napi_env env, napi_callback_info info, int (*call)(int fd)) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  return bk_number(env, call(fd));
}

static napi_value set_flag(napi_env env, napi_callback_info info, int (*set)(int fd, bool flag)) {
  int32_t fd;
  bool flag;
  if (!bk_parse(env, info, "i?", &fd, &flag)) return NULL;
  return bk_number(env, set(fd, flag));
}

/* dup(fd, owned): fd. It is owned before JavaScript goes on, where a worker may be terminated. */
static napi_value js_dup(napi_env env, napi_callback_info info) {
  int32_t fd;
  bool owned;
  if (!bk_parse(env, info, "i?", &fd, &owned)) return NULL;
  const int duplicate = sk_dup(fd);
  if (duplicate >= 0 && owned) bk_own(bk_instance_of(env), duplicate);
  return bk_number(env, duplicate);
}

/* getNonblock(fd): 1, 0 or a negative errno */
static napi_value js_get_nonblock(napi_env env, napi_callback_info info) {
  return of_fd(env, info, sk_get_nonblock);
}

/* atMark(fd): 1, 0 or a negative errno */
static napi_value js_at_mark(napi_env env, napi_callback_info info) {
  return of_fd(env, info, sk_at_mark);
}

/* setNonblock(fd, flag), setInheritable(fd, flag): rc */
static napi_value js_set_nonblock(napi_env env, napi_callback_info info) {
  return set_flag(env, info, sk_set_nonblock);
}

static napi_value js_set_inheritable(napi_env env, napi_callback_info info) {
  return set_flag(env, info, sk_set_inheritable);
}

/* getInheritable(fd): 0 or 1 */
static napi_value js_get_inheritable(napi_env env, napi_callback_info info) {
  return of_fd(env, info, sk_get_inheritable);
}

const napi_property_descriptor bk_descriptor_functions[] = {
    BK_FUNCTION("own", js_own),
    BK_FUNCTION("disown", js_disown),
    BK_FUNCTION("close", js_close),
    BK_FUNCTION("dup", js_dup),
    BK_FUNCTION("setNonblock", js_set_nonblock),
    BK_FUNCTION("getNonblock", js_get_nonblock),
    BK_FUNCTION("atMark", js_at_mark),
    BK_FUNCTION("setInheritable", js_set_inheritable),
    BK_FUNCTION("getInheritable", js_get_inheritable),
};
const size_t bk_descriptor_count = BK_COUNT(bk_descriptor_functions);
