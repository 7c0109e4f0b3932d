#include "bind.h"

/* socket(family, type, protocol): fd */
static napi_value js_socket(napi_env env, napi_callback_info info) {
  int32_t family, type, protocol;
  if (!bk_parse(env, info, "iii", &family, &type, &protocol)) return NULL;
  const int fd = sk_socket(family, type, protocol);
  if (fd >= 0) bk_own(bk_instance_of(env), fd);
  return bk_number(env, fd);
}

/* socketpair(family, type, protocol): rc; the descriptors are values[0] and values[1] */
static napi_value js_socketpair(napi_env env, napi_callback_info info) {
  int32_t family, type, protocol;
  if (!bk_parse(env, info, "iii", &family, &type, &protocol)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  int fds[2];
  const int rc = sk_socketpair(family, type, protocol, fds);
  for (int i = 0; rc >= 0 && i < 2; i++) {
    bk->shared->values[i] = fds[i];
    bk_own(bk, fds[i]);
  }
  return bk_number(env, rc);
}

/* bind(fd, address): rc */
static napi_value js_bind(napi_env env, napi_callback_info info) {
  int32_t fd;
  sk_slice address;
  if (!bk_parse(env, info, "ib", &fd, &address)) return NULL;
  return bk_number(env, sk_bind(fd, address.data, bk_socklen(address.length)));
}

/* listen(fd, backlog): rc */
static napi_value js_listen(napi_env env, napi_callback_info info) {
  int32_t fd, backlog;
  if (!bk_parse(env, info, "ii", &fd, &backlog)) return NULL;
  return bk_number(env, sk_listen(fd, backlog));
}

/* accept(fd, nonblock, named): fd; the peer is the shared address, if sockets are `named` */
static napi_value js_accept(napi_env env, napi_callback_info info) {
  int32_t fd;
  bool nonblock, named;
  if (!bk_parse(env, info, "i??", &fd, &nonblock, &named)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  uint32_t length;
  const int accepted = sk_accept(fd, named ? bk->shared->address : NULL, &length, nonblock);
  if (accepted >= 0) {
    bk_set_address_length(bk, length);
    bk_own(bk, accepted);
  }
  return bk_number(env, accepted);
}

/* connect(fd, address): rc */
static napi_value js_connect(napi_env env, napi_callback_info info) {
  int32_t fd;
  sk_slice address;
  if (!bk_parse(env, info, "ib", &fd, &address)) return NULL;
  return bk_number(env, sk_connect(fd, address.data, bk_socklen(address.length)));
}

/* shutdown(fd, how): rc */
static napi_value js_shutdown(napi_env env, napi_callback_info info) {
  int32_t fd, how;
  if (!bk_parse(env, info, "ii", &fd, &how)) return NULL;
  return bk_number(env, sk_shutdown(fd, how));
}

typedef int (*get_name)(int fd, uint8_t *address, uint32_t *length);

static napi_value name_of(napi_env env, napi_callback_info info, get_name get) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  uint32_t length;
  const int rc = get(fd, bk->shared->address, &length);
  if (rc >= 0) bk_set_address_length(bk, length);
  return bk_number(env, rc);
}

/* getsockname(fd), getpeername(fd): rc; the name is the shared address */
static napi_value js_getsockname(napi_env env, napi_callback_info info) {
  return name_of(env, info, sk_getsockname);
}

static napi_value js_getpeername(napi_env env, napi_callback_info info) {
  return name_of(env, info, sk_getpeername);
}

const napi_property_descriptor bk_socket_functions[] = {
    BK_FUNCTION("socket", js_socket),
    BK_FUNCTION("socketpair", js_socketpair),
    BK_FUNCTION("bind", js_bind),
    BK_FUNCTION("listen", js_listen),
    BK_FUNCTION("accept", js_accept),
    BK_FUNCTION("connect", js_connect),
    BK_FUNCTION("shutdown", js_shutdown),
    BK_FUNCTION("getsockname", js_getsockname),
    BK_FUNCTION("getpeername", js_getpeername),
};
const size_t bk_socket_count = BK_COUNT(bk_socket_functions);
