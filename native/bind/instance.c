#include <stdlib.h>
#include <string.h>

#include "bind.h"

/* JavaScript relies on these sizes: src/native.ts and, for bk_wanted, src/socket/read-ahead.ts. */
#define IS_INTS(size, count) _Static_assert((size) == (count) * sizeof(int32_t), "as JavaScript counts")
IS_INTS(offsetof(bk_shared, address), 17);
IS_INTS(sizeof(sk_ready), 3);
IS_INTS(sizeof(bk_read), 4);
IS_INTS(sizeof(sk_datagram), 5 + SK_ADDRESS_MAX / 4);
IS_INTS(sizeof(bk_send), 9);
IS_INTS(sizeof(bk_wanted), 8);

bk_instance *bk_instance_of(napi_env env) {
  void *bk = NULL;
  napi_get_instance_data(env, &bk);
  return bk;
}

void bk_own(bk_instance *bk, int fd) {
  const size_t bit = (size_t)fd;
  if (bit >= bk->owned_bits) {
    size_t bits = bk->owned_bits == 0 ? 1024 : bk->owned_bits;
    while (bits <= bit) bits *= 2;
    uint8_t *grown = realloc(bk->owned, bits / 8);
    if (grown == NULL) return; /* out of memory: the kernel closes it with the process */
    memset(grown + bk->owned_bits / 8, 0, (bits - bk->owned_bits) / 8);
    bk->owned = grown;
    bk->owned_bits = bits;
  }
  bk->owned[bit / 8] |= (uint8_t)(1u << bit % 8);
}

void bk_disown(bk_instance *bk, int fd) {
  const size_t bit = (size_t)fd;
  if (fd >= 0 && bit < bk->owned_bits) bk->owned[bit / 8] &= (uint8_t)~(1u << bit % 8);
}

/* Node-API frees none of them with the environment. */
static void delete_references(const bk_instance *bk) {
  const napi_ref refs[] = {
      bk->shared_ref,   bk->scratch.ref, bk->pool.ref, bk->heap_top.ref, bk->on_pool_full,
      bk->wanted.ref,   bk->into,        bk->outbox.ref, bk->borrowed,   bk->on_ready,
  };
  for (size_t i = 0; i < BK_COUNT(refs); i++) {
    if (refs[i] != NULL) napi_delete_reference(bk->env, refs[i]);
  }
}

void bk_instance_destroy(bk_instance *bk) {
  for (size_t bit = 0; bit < bk->owned_bits; bit++) {
    if (bk->owned[bit / 8] & 1u << bit % 8) sk_close((int)bit);
  }
  if (bk->poller >= 0) sk_close(bk->poller);
  bk_close_ring(bk);
  delete_references(bk);
  if (bk->cleanup != NULL) napi_remove_async_cleanup_hook(bk->cleanup);
  free(bk->rest);
  free(bk->owned);
  free(bk);
}

/* The environment ends; no JavaScript runs any more. */
static void on_end(void *data) { bk_instance_destroy(data); }

/* The same where there is a poll handle: the loop must let go of it before its memory is freed. */
static void on_end_with_loop(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  bk_poller_close_and_destroy(data);
}

/* Not from the beginning, since an asynchronous hook has to remove itself, and Deno frees it twice
 * then. */
void bk_instance_end_with_loop(bk_instance *bk) {
  napi_add_async_cleanup_hook(bk->env, on_end_with_loop, bk, &bk->cleanup);
  napi_remove_env_cleanup_hook(bk->env, on_end, bk);
}

bk_instance *bk_instance_create(napi_env env, napi_value exports) {
  bk_instance *bk = calloc(1, sizeof *bk);
  if (bk == NULL) return NULL;
  bk->env = env;
  bk->poller = -1;
  napi_value buffer;
  void *data;
  /* V8 never moves an ArrayBuffer's memory; the reference keeps it alive for as long as C has
   * the pointer. */
  if (napi_create_arraybuffer(env, sizeof(bk_shared), &data, &buffer) != napi_ok ||
      napi_create_reference(env, buffer, 1, &bk->shared_ref) != napi_ok ||
      napi_set_named_property(env, exports, "shared", buffer) != napi_ok ||
      napi_set_instance_data(env, bk, NULL, NULL) != napi_ok ||
      napi_add_env_cleanup_hook(env, on_end, bk) != napi_ok) {
    free(bk);
    return NULL;
  }
  bk->shared = data;
  bk->shared->only_wanted = -1;
  return bk;
}
