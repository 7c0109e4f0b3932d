#include "bind.h"

void bk_set_address_length(bk_instance *bk, uint32_t length) {
  bk->shared->address_length = length > SK_ADDRESS_MAX ? SK_ADDRESS_MAX : (int32_t)length;
}

/* The part of `bytes` that a call may touch; the memory may have shrunk since it was checked. */
static sk_slice part(sk_slice bytes, size_t offset, size_t size) {
  if (offset > bytes.length) offset = bytes.length;
  const size_t room = bytes.length - offset;
  return (sk_slice){.data = bytes.data + offset, .length = size < room ? size : room};
}

/* recv(fd, size, flags): bytes read into the pool (`pooled`) or the scratch */
static napi_value js_recv(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  size_t size;
  if (!bk_parse(env, info, "ini", &fd, &size, &flags)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  const size_t room = bk_scratch_room(bk, size);
  const ssize_t rc = sk_recv(fd, bk->scratch.data, room, flags, &bk->call_linger);
  return bk_number(env, bk_pool_read(bk, room, rc, false));
}

/* recvUnix(fd, size, flags): as recv; values[0] is `stopped` of sk_recv_unix */
static napi_value js_recv_unix(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  size_t size;
  if (!bk_parse(env, info, "ini", &fd, &size, &flags)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  const size_t room = bk_scratch_room(bk, size);
  bool stopped;
  const ssize_t rc = sk_recv_unix(fd, bk->scratch.data, room, flags, &stopped);
  bk->shared->values[0] = stopped;
  return bk_number(env, bk_pool_read(bk, room, rc, false));
}

/* recvInto(fd, bytes, offset, size, flags): bytes read */
static napi_value js_recv_into(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  sk_slice bytes;
  size_t offset, size;
  if (!bk_parse(env, info, "ibnni", &fd, &bytes, &offset, &size, &flags)) return NULL;
  const sk_slice into = part(bytes, offset, size);
  sk_linger *linger = &bk_instance_of(env)->call_linger;
  return bk_number(env, sk_recv(fd, into.data, into.length, flags, linger));
}

/* recvfrom(fd, size, flags): as recv; the sender is the shared address */
static napi_value js_recvfrom(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  size_t size;
  if (!bk_parse(env, info, "ini", &fd, &size, &flags)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  const size_t room = bk_scratch_room(bk, size);
  uint32_t length;
  const ssize_t rc = sk_recvfrom(fd, bk->scratch.data, room, flags, &bk->call_linger,
                                 bk->shared->address, &length);
  bk_set_address_length(bk, length);
  return bk_number(env, bk_pool_read(bk, room, rc, false));
}

/* recvfromInto(fd, bytes, offset, size, flags): bytes read; the sender is the shared address */
static napi_value js_recvfrom_into(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  sk_slice bytes;
  size_t offset, size;
  if (!bk_parse(env, info, "ibnni", &fd, &bytes, &offset, &size, &flags)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  const sk_slice into = part(bytes, offset, size);
  uint32_t length;
  const ssize_t rc = sk_recvfrom(fd, into.data, into.length, flags, &bk->call_linger,
                                 bk->shared->address, &length);
  bk_set_address_length(bk, length);
  return bk_number(env, rc);
}

/* send(fd, bytes, offset, flags): bytes taken of those from `offset` on */
static napi_value js_send(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  sk_slice bytes;
  size_t offset;
  if (!bk_parse(env, info, "ibni", &fd, &bytes, &offset, &flags)) return NULL;
  const sk_slice from = part(bytes, offset, bytes.length);
  return bk_number(env, sk_send(fd, from.data, from.length, flags));
}

/* sendto(fd, bytes, flags, address): bytes taken */
static napi_value js_sendto(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  sk_slice bytes, address;
  if (!bk_parse(env, info, "ibib", &fd, &bytes, &flags, &address)) return NULL;
  return bk_number(env, sk_sendto(fd, bytes.data, bytes.length, flags, address.data,
                                  bk_socklen(address.length)));
}

const napi_property_descriptor bk_transfer_functions[] = {
    BK_FUNCTION("recv", js_recv),
    BK_FUNCTION("recvUnix", js_recv_unix),
    BK_FUNCTION("recvInto", js_recv_into),
    BK_FUNCTION("recvfrom", js_recvfrom),
    BK_FUNCTION("recvfromInto", js_recvfrom_into),
    BK_FUNCTION("send", js_send),
    BK_FUNCTION("sendto", js_sendto),
};
const size_t bk_transfer_count = BK_COUNT(bk_transfer_functions);
