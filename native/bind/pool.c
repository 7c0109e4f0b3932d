/* Where reads land: in the scratch, from where small ones are copied to the pool, or in the pool
 * itself. */
#include <string.h>

#include "bind.h"

size_t bk_scratch_room(const bk_instance *bk, size_t size) {
  return size < bk->scratch.length ? size : bk->scratch.length;
}

/* useScratch(bytes): where recv and recvfrom put what they read, until the next useScratch */
static napi_value js_use_scratch(napi_env env, napi_callback_info info) {
  bk_parse_kept(env, info, &bk_instance_of(env)->scratch);
  return NULL;
}

/* usePool(bytes): where small reads are put until there is no room, or until the next usePool */
static napi_value js_use_pool(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  if (bk_parse_kept(env, info, &bk->pool)) bk->pool_used = 0;
  return NULL;
}

/* After LOWER_MAX blocks that lay lower one of them takes the place of the one that is kept, so
 * that memory that was needed once is not kept for ever. No block longer than KEPT_MAX bytes is
 * kept. */
enum { LOWER_MAX = 8192, KEPT_MAX = 8 * 1024 * 1024 };

/* malloc(3) gives a large block a mapping of its own, with its header in front. Such a block is not
 * part of the heap, so keeping it alive would not keep the heap. */
static bool is_mapping(const uint8_t *data) {
  enum { PAGE = 4096, HEADER = 16 };
  return (uintptr_t)data % PAGE == HEADER;
}

/* keepHeapTop(bytes): keeps the memory alive until some comes that lies higher. Memory for reads
 * is allocated block by block, and freed all at once when V8 collects. malloc(3) would then return
 * the free top of its heap to the kernel, only to get it again page by page. */
static napi_value js_keep_heap_top(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  napi_value value;
  sk_slice bytes;
  if (!bk_parse_memory(env, info, &value, &bytes)) return NULL;
  if (bytes.length > KEPT_MAX || is_mapping(bytes.data)) return NULL;
  if (bytes.data <= bk->heap_top.data && ++bk->lower < LOWER_MAX) return NULL;
  if (!bk_keep(env, value, &bk->heap_top.ref)) return NULL;
  bk->heap_top.data = bytes.data;
  bk->lower = 0;
  return NULL;
}

/* A program may transfer the memory of a slice to another thread, and with it that of the whole
 * pool: from then on it is not ours to write to. (Node forbids that, in every way since version
 * 24.) */
void bk_check_pool(bk_instance *bk) {
  napi_value value;
  size_t length = 0;
  if (bk->pool.length == 0) return;
  if (napi_get_reference_value(bk->env, bk->pool.ref, &value) == napi_ok) {
    napi_get_typedarray_info(bk->env, value, NULL, &length, NULL, NULL, NULL);
  }
  if (length == 0) bk->pool.length = bk->pool_used = 0;
}

/* onPoolFull(isInTick => …): is called when there is no room in the pool, and calls usePool */
static napi_value js_on_pool_full(napi_env env, napi_callback_info info) {
  napi_value function;
  if (!bk_parse(env, info, "v", &function)) return NULL;
  bk_keep(env, function, &bk_instance_of(env)->on_pool_full);
  return NULL;
}

/* Asks JavaScript for another pool; true if there is one now. An exception (no memory) is dropped:
 * the read has its bytes all the same. */
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

/* Slices start at multiples of 8, so that a typed array of any kind can view them. A read that
 * could stay in the scratch gets no slice of more than half the pool, which has 64 KiB. */
enum { POOL_ALIGN = 8, SLICE_MAX = 32768 };

/* The likely length follows a longer read at once, and shorter ones slowly: where lengths
 * alternate, half of the reads would otherwise not fit, and would be copied for nothing. */
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

/* Copies to the pool, or to the next one if there is no room. */
static bool copy_to_pool(bk_instance *bk, const uint8_t *from, size_t length, bool in_tick) {
  if (length > bk->pool.length - bk->pool_used) {
    if (!next_pool(bk, in_tick)) return false;
    if (length > bk->pool.length - bk->pool_used) return false;
  }
  if (length > 0) memcpy(bk->pool.data + bk->pool_used, from, length); /* else there may be no pool */
  take_from_pool(bk, length);
  return true;
}

/* Copies a small read into the pool, which is cheaper than the two typed arrays that JavaScript
 * would need for it. A read that is not small, or for which there is no memory, stays in the
 * scratch. */
ssize_t bk_pool_read(bk_instance *bk, size_t room, ssize_t read, bool in_tick) {
  bk->shared->pooled = -1;
  if (read <= 0) return read;
  const size_t length = (size_t)read < room ? (size_t)read : room; /* MSG_TRUNC gives more */
  note_length(bk, length);
  if (length <= SLICE_MAX) copy_to_pool(bk, bk->scratch.data, length, in_tick);
  return read;
}

/* To copy fewer bytes takes less time than a call with two slices. */
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

/* No place is shorter than this, so that the first reads fit, and rare ones that are longer. */
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

/* Unlike bk_pool_read it copies any length: this read has no scratch that it could stay in. */
bool bk_pool_copy(bk_instance *bk, const uint8_t *from, size_t length) {
  bk->shared->pooled = -1;
  note_length(bk, length);
  return copy_to_pool(bk, from, length, true);
}

const napi_property_descriptor bk_pool_functions[] = {
    BK_FUNCTION("useScratch", js_use_scratch),
    BK_FUNCTION("usePool", js_use_pool),
    BK_FUNCTION("onPoolFull", js_on_pool_full),
    BK_FUNCTION("keepHeapTop", js_keep_heap_top),
};
const size_t bk_pool_count = BK_COUNT(bk_pool_functions);
