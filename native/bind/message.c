#include <errno.h>

#include "bind.h"

/* Where the results of a received message are in shared `values`. */
enum { MESSAGE_FLAGS, CONTROL_LENGTH };

bool bk_memory_at(const bk_instance *bk, napi_ref ref, size_t index, size_t size, sk_slice *memory) {
  napi_value array, element;
  if (napi_get_reference_value(bk->env, ref, &array) != napi_ok ||
      napi_get_element(bk->env, array, (uint32_t)index, &element) != napi_ok ||
      !bk_read_bytes(bk->env, element, memory) || memory->length < size) {
    return false;
  }
  memory->length = size;
  return true;
}

/* Reads an array of Uint8Array. More than the kernel takes are -EMSGSIZE, as in the kernel. An
 * element may be a getter, which could resize or transfer the memory of another: so all elements
 * are read before the memory of any is looked up. */
static int read_slices(napi_env env, napi_value array, sk_slice *slices, size_t *count) {
  napi_value elements[SK_SLICES_MAX];
  uint32_t length;
  if (napi_get_array_length(env, array, &length) != napi_ok) return -EINVAL;
  if (length > SK_SLICES_MAX) return -EMSGSIZE;
  for (uint32_t i = 0; i < length; i++) {
    if (napi_get_element(env, array, i, &elements[i]) != napi_ok) return -EINVAL;
  }
  for (uint32_t i = 0; i < length; i++) {
    if (!bk_read_bytes(env, elements[i], &slices[i])) return -EINVAL;
  }
  *count = length;
  return 0;
}

/* One message into `slices`, its control messages into the first `room` bytes of `control`. */
static ssize_t receive(bk_instance *bk, int fd, const sk_slice *slices, size_t count, int flags,
                       sk_slice control, size_t room) {
  sk_message message = {
      .slices = slices,
      .count = count,
      .control = control.data,
      .control_length = room < control.length ? room : control.length,
      .address = bk->shared->address,
      .address_length = SK_ADDRESS_MAX,
      .flags = flags,
  };
  const ssize_t rc = sk_recvmsg(fd, &message);
  bk_set_address_length(bk, message.address_length);
  bk->shared->values[MESSAGE_FLAGS] = message.flags;
  bk->shared->values[CONTROL_LENGTH] = (int32_t)message.control_length;
  return rc;
}

/* recvmsg(fd, size, flags, control, room): as recv; control messages in `control`, the message's
 * flags in values[0], the length of its control messages in values[1], the sender is the shared
 * address */
static napi_value js_recvmsg(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  size_t size, room;
  sk_slice control;
  if (!bk_parse(env, info, "inibn", &fd, &size, &flags, &control, &room)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  const sk_slice into = {.data = bk->scratch.data, .length = bk_scratch_room(bk, size)};
  const ssize_t rc = receive(bk, fd, &into, 1, flags, control, room);
  return bk_number(env, bk_pool_read(bk, into.length, rc, false));
}

/* recvmsgInto(fd, arrayOfBytes, flags, control, room): bytes read; the rest as recvmsg */
static napi_value js_recvmsg_into(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  napi_value array, into;
  size_t room, count = 0;
  if (!bk_parse(env, info, "ivivn", &fd, &array, &flags, &into, &room)) return NULL;
  sk_slice slices[SK_SLICES_MAX], control;
  const int rc = read_slices(env, array, slices, &count);
  if (rc < 0) return bk_number(env, rc);
  if (!bk_read_bytes(env, into, &control)) return bk_number(env, -EINVAL);
  return bk_number(env, receive(bk_instance_of(env), fd, slices, count, flags, control, room));
}

/* sendmsg(fd, arrayOfBytes, flags, control or null, address or null): bytes taken */
static napi_value js_sendmsg(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  napi_value array, beside, to;
  if (!bk_parse(env, info, "ivivv", &fd, &array, &flags, &beside, &to)) return NULL;
  sk_slice slices[SK_SLICES_MAX], control, address;
  size_t count = 0;
  const int rc = read_slices(env, array, slices, &count);
  if (rc < 0) return bk_number(env, rc);
  if (!bk_read_bytes_or_null(env, beside, &control) || !bk_read_bytes_or_null(env, to, &address)) {
    return bk_number(env, -EINVAL);
  }
  const sk_message message = {
      .slices = slices,
      .count = count,
      .control = control.data,
      .control_length = control.length,
      .address = address.data,
      .address_length = bk_socklen(address.length),
      .flags = flags,
  };
  return bk_number(env, sk_sendmsg(fd, &message));
}

/* sendfile(fd, file, offset, count): bytes sent; 0 at the end of the file */
static napi_value js_sendfile(napi_env env, napi_callback_info info) {
  int32_t fd, file;
  size_t offset, count;
  if (!bk_parse(env, info, "iinn", &fd, &file, &offset, &count)) return NULL;
  return bk_number(env, sk_sendfile(fd, file, (int64_t)offset, count));
}

const napi_property_descriptor bk_message_functions[] = {
    BK_FUNCTION("recvmsg", js_recvmsg),
    BK_FUNCTION("recvmsgInto", js_recvmsg_into),
    BK_FUNCTION("sendmsg", js_sendmsg),
    BK_FUNCTION("sendfile", js_sendfile),
};
const size_t bk_message_count = BK_COUNT(bk_message_functions);
