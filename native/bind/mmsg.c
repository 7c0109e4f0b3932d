#include <errno.h>

#include "bind.h"

/* How many datagrams fit, so that neither of the caller's memories is written beyond its end, and a
 * row's int32_t can say where each datagram begins. */
static size_t fitting(size_t count, size_t memory, size_t slot, size_t control, size_t room) {
  if (count > SK_BATCH_MAX) count = SK_BATCH_MAX;
  if (memory > INT32_MAX) memory = INT32_MAX;
  if (slot > 0 && count > memory / slot) count = memory / slot;
  if (room > 0 && count > control / room) count = control / room;
  return count;
}

static napi_value receive(napi_env env, napi_callback_info info, bool stays) {
  int32_t fd, flags;
  sk_slice memory, control;
  size_t offset, size, count, room;
  if (!bk_parse(env, info, "ibnnnibn", &fd, &memory, &offset, &size, &count, &flags, &control,
                &room)) {
    return NULL;
  }
  if (offset > memory.length || size > INT32_MAX) return bk_number(env, -EINVAL);
  const size_t slot = sk_batch_slot(size);
  count = fitting(count, memory.length - offset, slot, control.length, room);
  if (count == 0) return bk_number(env, -EINVAL);
  const sk_batch batch = {
      .rows = bk_instance_of(env)->shared->datagrams,
      .count = (int)count,
      .memory = memory.data + offset,
      .size = size,
      .control = control.data,
      .room = room,
      .stays = stays,
  };
  return bk_number(env, sk_recvmmsg(fd, &batch, flags));
}

/* recvmmsg(fd, memory, offset, size, count, flags, control, room): how many datagrams came, into
 * `memory` from `offset` on, each described by a row of shared `datagrams` */
static napi_value js_recvmmsg(napi_env env, napi_callback_info info) {
  return receive(env, info, false);
}

/* recvmmsgInto(…): the same, each in a slot of `size` bytes (rounded up to a multiple of 8) */
static napi_value js_recvmmsg_into(napi_env env, napi_callback_info info) {
  return receive(env, info, true);
}

/* Whether the lengths in the rows stay within the memory that they are about. */
static bool rows_fit(const sk_datagram *rows, uint32_t count, size_t control) {
  for (uint32_t i = 0; i < count; i++) {
    const int32_t length = rows[i].control_length;
    if (rows[i].address_length > SK_ADDRESS_MAX) return false;
    if (length == SK_SAME) continue;
    if (length < 0 || (size_t)length > control) return false;
    control -= (size_t)length;
  }
  return true;
}

/* All elements are read before any memory is looked up, as in message.c. A row whose length is
 * SK_SAME sends the bytes of the row before it: what goes to many is looked up once. */
static bool read_slices(napi_env env, napi_value array, uint32_t start, const sk_datagram *rows,
                        uint32_t count, sk_slice *slices) {
  napi_value elements[SK_BATCH_MAX] = {NULL};
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0 && rows[i].length == SK_SAME) continue;
    if (napi_get_element(env, array, start + i, &elements[i]) != napi_ok) return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (elements[i] == NULL) slices[i] = slices[i - 1];
    else if (!bk_read_bytes(env, elements[i], &slices[i])) return false;
  }
  return true;
}

/* sendmmsg(fd, arrayOfBytes, start, count, flags, control): how many were sent; shared `datagrams`
 * say where each goes, and how much of `control` is its own */
static napi_value js_sendmmsg(napi_env env, napi_callback_info info) {
  int32_t fd, flags;
  size_t start, count;
  napi_value array, beside;
  if (!bk_parse(env, info, "ivnniv", &fd, &array, &start, &count, &flags, &beside)) return NULL;
  sk_slice slices[SK_BATCH_MAX], control;
  sk_datagram *rows = bk_instance_of(env)->shared->datagrams;
  if (count == 0 || count > SK_BATCH_MAX || start > UINT32_MAX - SK_BATCH_MAX ||
      !read_slices(env, array, (uint32_t)start, rows, (uint32_t)count, slices) ||
      !bk_read_bytes_or_null(env, beside, &control) || !rows_fit(rows, (uint32_t)count, control.length)) {
    return bk_number(env, -EINVAL);
  }
  return bk_number(env, sk_sendmmsg(fd, rows, slices, (int)count, control.data, flags));
}

const napi_property_descriptor bk_mmsg_functions[] = {
    BK_FUNCTION("recvmmsg", js_recvmmsg), BK_FUNCTION("recvmmsgInto", js_recvmmsg_into),
    BK_FUNCTION("sendmmsg", js_sendmmsg),
};
const size_t bk_mmsg_count = BK_COUNT(bk_mmsg_functions);
