#include <errno.h>
#include <stdlib.h>

#include "bind.h"

/* As much as any scratch has; of most no byte is ever touched. */
enum { REST_SIZE = 64 * 1024 };

/* Opens the ring; 0 or a negative errno, the same one for ever. */
static int open_ring(bk_instance *bk) {
  if (bk->shared->ring_forbidden) return -EPERM;
  if (bk->ring != NULL || bk->ring_error != 0) return bk->ring_error;
  bk->rest = malloc((size_t)SK_RING_MAX * REST_SIZE);
  bk->ring_error = bk->rest == NULL ? -ENOMEM : sk_ring_create(&bk->ring);
  return bk->ring_error;
}

bool bk_has_ring(bk_instance *bk) { return open_ring(bk) == 0; }

/* Two of one descriptor gain more than two of two. */
bool bk_gains_together(int count, bool linked) { return count > 2 || (count == 2 && linked); }

void bk_close_ring(bk_instance *bk) {
  sk_ring_destroy(bk->ring);
  bk->ring = NULL;
}

sk_slice bk_rest(const bk_instance *bk, int number) {
  return (sk_slice){.data = bk->rest + (size_t)number * REST_SIZE, .length = REST_SIZE};
}

void bk_make_together(bk_instance *bk, sk_ring_call *calls, int count) {
  if (sk_ring_make(bk->ring, calls, count)) return;
  bk_close_ring(bk);
  bk->ring_error = -EIO;
}

/* openRing(): rc */
static napi_value js_open_ring(napi_env env, napi_callback_info info) {
  (void)info;
  return bk_number(env, open_ring(bk_instance_of(env)));
}

const napi_property_descriptor bk_ring_functions[] = {
    BK_FUNCTION("openRing", js_open_ring),
};
const size_t bk_ring_count = BK_COUNT(bk_ring_functions);
