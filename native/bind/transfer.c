#include <errno.h>
#include <string.h>

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

size_t bk_scratch_room(const bk_instance *bk, size_t size) {
  return size < bk->scratch.length ? size : bk->scratch.length;
}

bool bk_keep(napi_env env, napi_value value, napi_ref *ref) {
  napi_ref reference;
  if (napi_create_reference(env, value, 1, &reference) != napi_ok) return false;
  if (*ref != NULL) napi_delete_reference(env, *ref);
  *ref = reference;
  return true;
}

/* The first argument of a call, a Uint8Array, as a value and as its memory. */
static bool parse_memory(napi_env env, napi_callback_info info, napi_value *value, sk_slice *bytes) {
  return bk_parse(env, info, "v", value) && bk_parse(env, info, "b", bytes);
}

bool bk_parse_kept(napi_env env, napi_callback_info info, bk_kept *kept) {
  napi_value value;
  sk_slice bytes;
  if (!parse_memory(env, info, &value, &bytes)) return false;
  if (!bk_keep(env, value, &kept->ref)) return false;
  kept->data = bytes.data;
  kept->length = bytes.length;
  return true;
}

/* useScratch(bytes): where recv and recvfrom put what they read, until the next useScratch */
static napi_value js_use_scratch(napi_env env, napi_callback_info info) {
  bk_parse_kept(env, info, &bk_instance_of(env)->scratch);
  return NULL;
}

/* usePool(bytes): where small reads are put, until it is full or the next usePool */
static napi_value js_use_pool(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  if (bk_parse_kept(env, info, &bk->pool)) bk->pool_used = 0;
  return NULL;
}

/* After so many blocks the one that is kept may lie lower: what was needed once is not kept for ever. */
enum { LOWER_MAX = 8192, KEPT_MAX = 8 * 1024 * 1024 };

/* malloc gives a large block a mapping of its own, with its header in front, and keeps nothing of it. */
static bool is_mapping(const uint8_t *data) {
  enum { PAGE = 4096, HEADER = 16 };
  return (uintptr_t)data % PAGE == HEADER;
}

/* keepHeapTop(bytes): keeps the memory for as long as none comes that lies higher. Memory for reads is allocated in a row,
 * and comes free all at once; what is free at the top of its heap malloc gives back to the kernel, to get it anew page
 * by page. */
static napi_value js_keep_heap_top(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  napi_value value;
  sk_slice bytes;
  if (!parse_memory(env, info, &value, &bytes)) return NULL;
  if (bytes.length > KEPT_MAX || is_mapping(bytes.data)) return NULL;
  if (bytes.data <= bk->heap_top.data && ++bk->lower < LOWER_MAX) return NULL;
  if (!bk_keep(env, value, &bk->heap_top.ref)) return NULL;
  bk->heap_top.data = bytes.data;
  bk->lower = 0;
  return NULL;
}

/* A program may transfer the memory of a slice to another thread, and with it the pool's: from then on
 * it is not ours to write to. Node forbids it, from 24 on in every way. */
void bk_check_pool(bk_instance *bk) {
  napi_value value;
  size_t length = 0;
  if (bk->pool.length == 0) return;
  if (napi_get_reference_value(bk->env, bk->pool.ref, &value) == napi_ok) {
    napi_get_typedarray_info(bk->env, value, NULL, &length, NULL, NULL, NULL);
  }
  if (length == 0) bk->pool.length = bk->pool_used = 0;
}

/* onPoolFull(isInTick => …): who calls usePool when there is no room in the pool */
static napi_value js_on_pool_full(napi_env env, napi_callback_info info) {
  napi_value function;
  if (!bk_parse(env, info, "v", &function)) return NULL;
  bk_keep(env, function, &bk_instance_of(env)->on_pool_full);
  return NULL;
}

/* Whether there is another pool now. An exception (there is no memory) is not the
 * read's: it has its bytes. */
static bool next_pool(bk_instance *bk, bool in_tick) {
  const napi_env env = bk->env;
  napi_value on_pool_full, global, argument, result;
  if (bk->on_pool_full == NULL ||
      napi_get_reference_value(env, bk->on_pool_full, &on_pool_full) != napi_ok ||
      napi_get_global(env, &global) != napi_ok ||
      napi_get_boolean(env, in_tick, &argument) != napi_ok) {
    return false;
  }
  const napi_status status = napi_call_function(env, global, on_pool_full, 1, &argument, &result);
  if (status == napi_pending_exception) napi_get_and_clear_last_exception(env, &result);
  return status == napi_ok;
}

/* Slices start at multiples of 8, so that every typed array can look at them; none that could
 * stay in the scratch is larger than half of a pool of 64 KiB. */
enum { POOL_ALIGN = 8, SLICE_MAX = 32768 };

/* What did not fit once is not soon tried again: where lengths change, half of the reads would be copied for nothing. */
static void note_length(bk_instance *bk, size_t length) {
  bk->likely_length -= bk->likely_length / 8;
  if (length > bk->likely_length) bk->likely_length = length;
}

static size_t aligned(size_t length) { return (length + POOL_ALIGN - 1) / POOL_ALIGN * POOL_ALIGN; }

static void take_from_pool(bk_instance *bk, size_t length) {
  bk->shared->pooled = (int32_t)bk->pool_used;
  bk->pool_used += aligned(length);
  if (bk->pool_used > bk->pool.length) bk->pool_used = bk->pool.length;
}

/* Copies to the pool, or to the next one where there is no room. */
static bool copy_to_pool(bk_instance *bk, const uint8_t *from, size_t length, bool in_tick) {
  if (length > bk->pool.length - bk->pool_used) {
    if (!next_pool(bk, in_tick)) return false;
    if (length > bk->pool.length - bk->pool_used) return false;
  }
  memcpy(bk->pool.data + bk->pool_used, from, length);
  take_from_pool(bk, length);
  return true;
}

/* Copies a small read into the pool: cheaper here than the two typed arrays that JavaScript
 * needs for it. What is not small, or for which there is no memory, stays in the scratch. */
ssize_t bk_pool_read(bk_instance *bk, size_t room, ssize_t read, bool in_tick) {
  bk->shared->pooled = -1;
  if (read <= 0) return read;
  const size_t length = (size_t)read < room ? (size_t)read : room; /* MSG_TRUNC gives more */
  note_length(bk, length);
  if (length <= SLICE_MAX) copy_to_pool(bk, bk->scratch.data, length, in_tick);
  return read;
}

/* To copy less than this takes less than a call with two slices. */
enum { WORTH_IT = 1024 };

bool bk_pool_slices(const bk_instance *bk, size_t room, sk_slice slices[2]) {
  const size_t left = bk->pool.length - bk->pool_used;
  const size_t most = left < SLICE_MAX ? left : SLICE_MAX;
  const size_t first = room < most ? room : most;
  if (bk->likely_length < WORTH_IT || first < bk->likely_length) return false;
  slices[0] = (sk_slice){.data = bk->pool.data + bk->pool_used, .length = first};
  slices[1] = (sk_slice){.data = bk->scratch.data + first, .length = room - first};
  return true;
}

ssize_t bk_pool_landed(bk_instance *bk, const sk_slice slices[2], ssize_t read) {
  const size_t first = slices[0].length;
  if (read > 0 && (size_t)read <= first) {
    note_length(bk, (size_t)read);
    take_from_pool(bk, (size_t)read);
    return read;
  }
  if (read > 0) memcpy(bk->scratch.data, slices[0].data, first);
  return bk_pool_read(bk, first + slices[1].length, read, true);
}

/* A place is not shorter, for what comes first and for what comes seldom. */
enum { PLACE_MIN = 128 };

static size_t place_length(const bk_instance *bk) {
  return bk->likely_length > PLACE_MIN ? aligned(bk->likely_length) : PLACE_MIN;
}

void bk_pool_make_room(bk_instance *bk, int count) {
  const size_t needed = (size_t)count * place_length(bk);
  if (needed > bk->pool.length || needed <= bk->pool.length - bk->pool_used) return;
  next_pool(bk, true);
}

bool bk_pool_reserve(const bk_instance *bk, size_t *used, size_t room, sk_slice rest, sk_slice slices[2]) {
  const size_t length = place_length(bk);
  const size_t first = room < length ? room : length;
  if (room > rest.length || *used > bk->pool.length || first > bk->pool.length - *used) return false;
  slices[0] = (sk_slice){.data = bk->pool.data + *used, .length = first};
  slices[1] = (sk_slice){.data = rest.data + first, .length = room - first};
  *used += aligned(first);
  return true;
}

void bk_pool_close_up(bk_instance *bk, const uint8_t *place, size_t length) {
  uint8_t *to = bk->pool.data + bk->pool_used;
  if (place != to) memmove(to, place, length);
  note_length(bk, length);
  take_from_pool(bk, length);
}

/* Of any length, unlike bk_pool_read: there is no scratch that it could stay in. */
bool bk_pool_copy(bk_instance *bk, const uint8_t *from, size_t length) {
  bk->shared->pooled = -1;
  note_length(bk, length);
  return copy_to_pool(bk, from, length, true);
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

/* recvUnix(fd, size, flags): as recv; values[0] is as of sk_recv_unix */
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

/* isMainThread(): whether the process ends with this thread */
static napi_value js_is_main_thread(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result = NULL;
  napi_get_boolean(env, sk_is_main_thread(), &result);
  return result;
}

/* poll(fd, events, timeoutMs): ready events, 0 after the time; blocks the thread */
static napi_value js_poll(napi_env env, napi_callback_info info) {
  int32_t fd, events;
  double timeout_ms;
  napi_value timeout;
  if (!bk_parse(env, info, "iiv", &fd, &events, &timeout)) return NULL;
  if (napi_get_value_double(env, timeout, &timeout_ms) != napi_ok) return bk_number(env, -EINVAL);
  const bool unlimited = !(timeout_ms >= 0 && timeout_ms < 9e15);
  sk_linger *linger = &bk_instance_of(env)->call_linger;
  return bk_number(env, sk_poll(fd, events, unlimited ? -1 : (int64_t)timeout_ms, linger));
}

const napi_property_descriptor bk_transfer_functions[] = {
    BK_FUNCTION("useScratch", js_use_scratch), BK_FUNCTION("usePool", js_use_pool),
    BK_FUNCTION("onPoolFull", js_on_pool_full), BK_FUNCTION("keepHeapTop", js_keep_heap_top),
    BK_FUNCTION("recv", js_recv), BK_FUNCTION("recvUnix", js_recv_unix),
    BK_FUNCTION("recvInto", js_recv_into),     BK_FUNCTION("recvfrom", js_recvfrom),
    BK_FUNCTION("recvfromInto", js_recvfrom_into), BK_FUNCTION("send", js_send),
    BK_FUNCTION("sendto", js_sendto),          BK_FUNCTION("poll", js_poll),
    BK_FUNCTION("isMainThread", js_is_main_thread),
};
const size_t bk_transfer_count = BK_COUNT(bk_transfer_functions);
