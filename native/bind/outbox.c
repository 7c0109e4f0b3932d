/* The sends of a tick, made together after its JavaScript has run. A system call pushes what ran
 * before it out of the processor's caches, so the kernel and JavaScript are both faster if they do
 * not alternate. */
#include <errno.h>

#include "bind.h"

/* PUT_OFF_US: about how long JavaScript may run before what it has put off is sent. WORTH_IT:
 * how many events make it worthwhile to put sends off, since it takes a second call into JavaScript
 * to report their results. (If one event leads to many sends, JavaScript notices:
 * src/socket/gathering.ts.) */
enum { PUT_OFF_US = 100, WORTH_IT = 3 };

/* Whether an earlier send on the same descriptor has left bytes unsent, which `row` must not
 * pass. */
static bool follows_unsent(const bk_shared *shared, const bk_send *row) {
  for (const bk_send *before = shared->sends; before < row; before++) {
    if (before->fd == row->fd && before->rc != before->length &&
        (before->rc >= 0 || before->rc == -EAGAIN || before->rc == BK_NOT_SENT)) {
      return true;
    }
  }
  return false;
}

/* The bytes of `row` and its address. False: they exceed their memory, or it is gone. */
static bool parts_of(const bk_instance *bk, const bk_send *row, sk_slice *bytes, sk_slice *address) {
  const size_t length = (size_t)(uint32_t)row->length, copied = row->borrowed ? 0 : length;
  const size_t offset = (size_t)(uint32_t)row->offset;
  const size_t address_length = (size_t)(uint32_t)row->address_length;
  if (offset > bk->outbox.length || copied > bk->outbox.length - offset) return false;
  if (address_length > bk->outbox.length - offset - copied) return false;
  *bytes = (sk_slice){.data = bk->outbox.data + offset, .length = copied};
  *address = (sk_slice){.data = bytes->data + copied, .length = address_length};
  if (!row->borrowed) return true;
  return bk_memory_at(bk, bk->borrowed, (size_t)(row - bk->shared->sends), length, bytes);
}

/* Adds `bytes` to the `count` slices: to the last one if they follow it in memory, else as another
 * one. Returns how many there are now. */
static size_t append(sk_slice *slices, size_t count, sk_slice bytes) {
  sk_slice *last = &slices[count - 1];
  if (last->data + last->length != bytes.data) slices[count++] = bytes;
  else last->length += bytes.length;
  return count;
}

/* Makes one `call` of `row` and the rows after it that join it, at most `most` in all. Its bytes
 * are `slices`, of which there are at most as many as rows. Returns how many rows it took; 0:
 * the bytes of `row` are not there. */
static int join(const bk_instance *bk, const bk_send *row, int most, sk_slice *slices, sk_call *call) {
  sk_slice bytes, address, none;
  int rows = 1;
  if (!parts_of(bk, row, &slices[0], &address)) return 0;
  *call = (sk_call){
      .fd = row->fd,
      .sends = true,
      .flags = row->flags,
      .slices = slices,
      .count = 1,
      .address = address.length == 0 ? NULL : address.data,
      .address_length = bk_socklen(address.length),
  };
  for (; rows < most && row[rows].relation == BK_JOINS; rows++) {
    if (!parts_of(bk, row + rows, &bytes, &none)) break;
    call->count = append(slices, call->count, bytes);
  }
  return rows;
}

static ssize_t make_send(const bk_instance *bk, const bk_send *row, const sk_call *call) {
  const sk_slice bytes = call->slices[0];
  if (bk->cut_short && follows_unsent(bk->shared, row)) return BK_NOT_SENT;
  if (call->address != NULL) {
    return sk_sendto(call->fd, bytes.data, bytes.length, call->flags, call->address, call->address_length);
  }
  if (call->count == 1) return sk_send(call->fd, bytes.data, bytes.length, call->flags);
  const sk_message message = {.slices = call->slices, .count = call->count, .flags = call->flags};
  return sk_sendmsg(call->fd, &message);
}

/* Divides among `count` rows the result `rc` of the one call that was made for them. */
static void tell_joined(bk_instance *bk, bk_send *row, int count, ssize_t rc) {
  for (int i = 0; i < count; i++, row++) {
    const bool is_cut = rc < row->length;
    row->rc = (int32_t)(is_cut ? rc : row->length);
    row->untold = false;
    if (is_cut) bk->cut_short = true;
    rc = is_cut ? BK_NOT_SENT : rc - row->length;
  }
}

_Static_assert((int)BK_SENDS_MAX <= (int)SK_CALLS_MAX, "all that is put off may be one call");

static bool has_descriptor(const sk_call *calls, int count, int fd) {
  for (int i = 0; i < count; i++) {
    if (calls[i].fd == fd) return true;
  }
  return false;
}

/* Makes the sends at `row` and after it in one call. Returns how many rows that were, or 0 if it
 * does not pay. Either each is for another descriptor, since a stream's second send must not be
 * made if its first was cut short; or all are messages of one descriptor, made in turn up to the
 * first that cannot be made. */
static int make_together(bk_instance *bk, bk_send *row, int most) {
  sk_call calls[BK_SENDS_MAX];
  int rows_of[BK_SENDS_MAX];
  sk_slice slices[BK_SENDS_MAX];
  int rows = 0, count = 0;
  const bool of_one = most > 1 && row[1].relation == BK_NEXT;
  if (!bk_gains_together(bk, most, of_one)) return 0;
  while (rows < most) {
    const bk_send *next = row + rows;
    if (of_one && rows > 0 && (next->relation != BK_NEXT || next->flags != row->flags)) break;
    if (!of_one && has_descriptor(calls, count, next->fd)) break;
    if (bk->cut_short && follows_unsent(bk->shared, next)) break;
    rows_of[count] = join(bk, next, most - rows, &slices[rows], &calls[count]);
    if (rows_of[count] == 0) break;
    rows += rows_of[count++];
  }
  if (!bk_gains_together(bk, count, of_one)) return 0;
  bk_make_together(bk, calls, count, of_one);
  for (int i = 0; i < count; row += rows_of[i++]) {
    const bool is_made = calls[i].rc != SK_NOT_MADE;
    const ssize_t rc = is_made ? calls[i].rc : make_send(bk, row, &calls[i]);
    tell_joined(bk, row, rows_of[i], rc);
    /* If the message that stopped the batch can be sent by itself, the error was not its own, but
     * that of an earlier one (ECONNREFUSED, say). */
    row->untold = of_one && !is_made && rc >= 0 && i > 0 && calls[i - 1].rc >= 0;
  }
  return rows;
}

static int make_one(bk_instance *bk, bk_send *row, int most) {
  sk_slice slices[BK_SENDS_MAX];
  sk_call call;
  const int rows = join(bk, row, most, slices, &call);
  if (rows == 0) {
    tell_joined(bk, row, 1, BK_NOT_SENT);
    return 1;
  }
  tell_joined(bk, row, rows, make_send(bk, row, &call));
  return rows;
}

void bk_outbox_empty(bk_instance *bk) {
  bk_shared *shared = bk->shared;
  const int32_t count = shared->put_off_count < BK_SENDS_MAX ? shared->put_off_count : BK_SENDS_MAX;
  if (shared->sent == 0) bk->cut_short = false;
  while (shared->sent < count) {
    bk_send *row = &shared->sends[shared->sent];
    const int together = make_together(bk, row, count - shared->sent);
    shared->sent += together > 0 ? together : make_one(bk, row, count - shared->sent);
  }
}

/* The same, and sets the pace by how fast JavaScript has put sends off. Returns how many there
 * were. */
static int empty_and_pace(bk_instance *bk) {
  const int32_t count = bk->shared->put_off_count;
  if (count <= 0) return 0;
  const int64_t us = sk_now_us() - bk->outbox_since_us;
  const int64_t sends = (int64_t)count * PUT_OFF_US / (us > 0 ? us : 1);
  bk->shared->pace = sends < 1 ? 1 : sends < BK_SENDS_MAX ? (int)sends : BK_SENDS_MAX;
  bk_outbox_empty(bk);
  return count;
}

void bk_outbox_open(bk_instance *bk, int count) {
  bk->shared->puts_off = bk->outbox.length > 0 && count >= WORTH_IT;
  if (bk->shared->puts_off) bk->outbox_since_us = sk_now_us();
}

int bk_outbox_close(bk_instance *bk) {
  bk->shared->puts_off = 0;
  return empty_and_pace(bk);
}

/* useOutbox(bytes, borrowed): where JavaScript writes the bytes that it puts off, and the array
 * with the memory of those that it does not copy, until the next useOutbox */
static napi_value js_use_outbox(napi_env env, napi_callback_info info) {
  bk_instance *bk = bk_instance_of(env);
  napi_value bytes, borrowed;
  if (!bk_parse(env, info, "vv", &bytes, &borrowed)) return NULL;
  if (bk_keep(env, borrowed, &bk->borrowed) && bk_parse_kept(env, info, &bk->outbox)) {
    bk->shared->pace = BK_SENDS_MAX;
  }
  return NULL;
}

/* emptyOutbox(): makes the sends that are put off */
static napi_value js_empty_outbox(napi_env env, napi_callback_info info) {
  (void)info;
  bk_instance *bk = bk_instance_of(env);
  empty_and_pace(bk);
  bk->outbox_since_us = sk_now_us();
  return NULL;
}

const napi_property_descriptor bk_outbox_functions[] = {
    BK_FUNCTION("useOutbox", js_use_outbox),
    BK_FUNCTION("emptyOutbox", js_empty_outbox),
};
const size_t bk_outbox_count = BK_COUNT(bk_outbox_functions);
