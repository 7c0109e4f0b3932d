/* One epoll instance an environment, watched by one uv_poll_t of its loop: a tick is one call
 * into JavaScript with all ready descriptors in shared memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "uv.h"

/* Calls on_ready(count); false when it threw or could not run. An exception there is a defect of ours: it
 * goes where Node sends uncaught ones. When a worker is being terminated the calls fail and nothing
 * happens. */
static bool call_on_ready(bk_instance *bk, int count) {
  const napi_env env = bk->env;
  napi_value on_ready, global, argument, result;
  if (napi_get_reference_value(env, bk->on_ready, &on_ready) != napi_ok ||
      napi_get_global(env, &global) != napi_ok ||
      napi_create_int32(env, count, &argument) != napi_ok) {
    return false;
  }
  const napi_status status =
      napi_make_callback(env, NULL, global, on_ready, 1, &argument, &result);
  if (status == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) {
      napi_fatal_exception(env, error);
    }
  }
  return status == napi_ok;
}

static void keep_alive(bk_instance *bk, bool keep) {
  (keep ? uv_ref : uv_unref)((uv_handle_t *)bk->poll);
  bk->shared->kept = keep;
}

/* Makes the reads that are waited for, so that a tick crosses into JavaScript once and not once a
 * socket. The first that has to stay in the scratch is the last, or the next would overwrite it. */
static void read_ahead(bk_instance *bk, int count) {
  bool goes_on = true;
  int32_t pool = 0;
  for (int i = 0; i < count; i++) {
    const sk_ready *row = &bk->shared->ready[i];
    bk_read *read = &bk->shared->reads[i];
    read->rc = BK_NOT_READ;
    if (!goes_on || (size_t)row->slot >= bk->wanted_count) continue;
    const bk_wanted *wanted = &bk->wanted[row->slot];
    if (wanted->size <= 0 || wanted->generation != row->generation) continue;
    if (!sk_poller_is_readable(row->events)) continue;
    const size_t room = bk_scratch_room(bk, (size_t)wanted->size);
    bool stopped = false;
    const ssize_t got = wanted->unix_stream
                            ? sk_recv_unix_now(wanted->fd, bk->scratch, room, &stopped)
                            : sk_recv_now(wanted->fd, bk->scratch, room);
    read->stopped = stopped;
    read->rc = (int32_t)bk_pool_read(bk, room, got, &pool);
    read->pooled = bk->shared->pooled;
    read->pool = pool;
    goes_on = got <= 0 || read->pooled >= 0;
  }
}

/* Tells of what is ready now, once: how many, or 0 where it is over. */
static int tick(bk_instance *bk) {
  const int count = sk_poller_wait(bk->poller, bk->shared->ready, BK_READY_MAX);
  napi_handle_scope scope;
  if (count <= 0 || napi_open_handle_scope(bk->env, &scope) != napi_ok) return 0;
  bk_check_pool(bk);
  read_ahead(bk, count);
  const bool good = call_on_ready(bk, count);
  napi_close_handle_scope(bk->env, scope);
  return good ? count : 0;
}

/* Where several were ready, more are likely to be by the time that they have been served: they are looked
 * for at once, which saves a turn of the loop. (Of one alone the answer takes longer.) */
enum { TICKS_A_TURN = 4 };

static void on_poll(uv_poll_t *handle, int status, int events) {
  (void)events;
  bk_instance *bk = uv_handle_get_data((uv_handle_t *)handle);
  if (status < 0) return;
  for (int i = 0; i < TICKS_A_TURN; i++) {
    if (tick(bk) <= 1 || bk->shared->waiting == 0) break;
  }
  /* The microtasks of this tick have run: if nobody waits now, nobody keeps the process alive. */
  if (bk->shared->waiting == 0) keep_alive(bk, false);
}

static int start(bk_instance *bk) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(bk->env, (struct uv_loop_s **)&loop) != napi_ok) return -ENOSYS;
  const char *name = uv_handle_type_name == NULL ? NULL : uv_handle_type_name(UV_POLL);
  if (name == NULL || strcmp(name, "poll") != 0) return -ENOSYS;
  const int poller = sk_poller_create();
  if (poller < 0) return poller;
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  int rc = poll == NULL ? -ENOMEM : uv_poll_init(loop, poll, poller);
  if (rc < 0) {
    free(poll);
    sk_close(poller);
    return rc;
  }
  uv_handle_set_data((uv_handle_t *)poll, bk);
  rc = uv_poll_start(poll, UV_READABLE, on_poll);
  bk->poller = poller;
  bk->poll = poll;
  bk_instance_end_with_loop(bk);
  keep_alive(bk, false);
  return rc;
}

static void on_closed(uv_handle_t *handle) {
  bk_instance *bk = uv_handle_get_data(handle);
  free(handle);
  bk_instance_destroy(bk);
}

void bk_poller_close_and_destroy(bk_instance *bk) {
  uv_poll_stop(bk->poll);
  uv_close((uv_handle_t *)bk->poll, on_closed);
}

/* pollerStart(onReady): rc */
static napi_value js_poller_start(napi_env env, napi_callback_info info) {
  napi_value on_ready;
  if (!bk_parse(env, info, "v", &on_ready)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  if (bk->poller >= 0) return bk_number(env, -EEXIST);
  if (!bk_keep(env, on_ready, &bk->on_ready)) return NULL;
  return bk_number(env, start(bk));
}

/* pollerReads(bytes): where JavaScript writes its bk_wanted, until the next pollerReads */
static napi_value js_poller_reads(napi_env env, napi_callback_info info) {
  napi_value value;
  bk_bytes bytes;
  if (!bk_parse(env, info, "v", &value) || !bk_parse(env, info, "b", &bytes)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  if (!bk_keep(env, value, &bk->wanted_ref)) return NULL;
  bk->wanted = (const bk_wanted *)bytes.data;
  bk->wanted_count = bytes.length / sizeof(bk_wanted);
  return NULL;
}

/* pollerAdd(fd, slot, generation): rc */
static napi_value js_poller_add(napi_env env, napi_callback_info info) {
  int32_t fd, slot, generation;
  if (!bk_parse(env, info, "iii", &fd, &slot, &generation)) return NULL;
  return bk_number(env, sk_poller_add(bk_instance_of(env)->poller, fd, slot, generation));
}

/* pollerModify(fd, slot, generation): rc */
static napi_value js_poller_modify(napi_env env, napi_callback_info info) {
  int32_t fd, slot, generation;
  if (!bk_parse(env, info, "iii", &fd, &slot, &generation)) return NULL;
  return bk_number(env, sk_poller_modify(bk_instance_of(env)->poller, fd, slot, generation));
}

/* pollerRemove(fd): rc */
static napi_value js_poller_remove(napi_env env, napi_callback_info info) {
  int32_t fd;
  if (!bk_parse(env, info, "i", &fd)) return NULL;
  return bk_number(env, sk_poller_remove(bk_instance_of(env)->poller, fd));
}

/* pollerKeepAlive(flag): whether waiting calls keep the process alive. */
static napi_value js_poller_keep_alive(napi_env env, napi_callback_info info) {
  bool keep;
  if (!bk_parse(env, info, "?", &keep)) return NULL;
  bk_instance *bk = bk_instance_of(env);
  if (bk->poll != NULL) keep_alive(bk, keep);
  return NULL;
}

const napi_property_descriptor bk_poller_functions[] = {
    BK_FUNCTION("pollerStart", js_poller_start),
    BK_FUNCTION("pollerReads", js_poller_reads),
    BK_FUNCTION("pollerAdd", js_poller_add),
    BK_FUNCTION("pollerModify", js_poller_modify),
    BK_FUNCTION("pollerRemove", js_poller_remove),
    BK_FUNCTION("pollerKeepAlive", js_poller_keep_alive),
};
const size_t bk_poller_count = BK_COUNT(bk_poller_functions);
