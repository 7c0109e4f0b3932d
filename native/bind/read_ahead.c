/* The reads of a tick, made before its one call into JavaScript: for each descriptor that is ready,
 * the read that is waited for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"

bk_wanted *bk_wanted_at(const bk_instance *bk, int32_t slot) {
  bk_wanted *rows = (bk_wanted *)bk->wanted.data;
  return slot >= 0 && (size_t)slot < bk->wanted.length / sizeof *rows ? &rows[slot] : NULL;
}

static ssize_t read_to(const bk_wanted *wanted, uint8_t *into, size_t room, bk_read *read) {
  bool stopped = false;
  const ssize_t got = wanted->unix_stream ? sk_recv_unix_now(wanted->fd, into, room, &stopped)
                                          : sk_recv_now(wanted->fd, into, room);
  read->more = stopped;
  return got;
}

/* The second slice may be empty. */
static size_t count_slices(const sk_slice slices[2]) { return slices[1].length > 0 ? 2 : 1; }

static ssize_t read_to_slices(const bk_wanted *wanted, const sk_slice slices[2], bk_read *read) {
  bool stopped;
  const ssize_t got = sk_recv_slices_now(wanted->fd, slices, count_slices(slices), &stopped);
  read->more = wanted->unix_stream && stopped;
  return got;
}

/* Reads the sender's address, too: into row `number` of `datagrams`. */
static ssize_t read_from(bk_instance *bk, const bk_wanted *wanted, size_t room, int number,
                         bk_read *read) {
  sk_datagram *datagram = &bk->shared->datagrams[number];
  uint32_t length;
  const ssize_t got =
      sk_recvfrom_now(wanted->fd, bk->scratch.data, room, datagram->address, &length);
  datagram->address_length = (int32_t)length;
  read->more = number;
  return got;
}

/* The caller's own memory. False: it is shorter than it was, or gone, which JavaScript will
 * report. */
static bool memory_of(const bk_instance *bk, int32_t slot, const bk_wanted *wanted, sk_slice *memory) {
  return bk_memory_at(bk, bk->into, (size_t)slot, (size_t)wanted->size, memory);
}

/* Makes one read. False: the bytes have to stay in the scratch, and the next read would overwrite
 * them. */
static bool read_alone(bk_instance *bk, int row, int *addresses) {
  bk_read *read = &bk->shared->reads[row];
  const int32_t slot = bk->shared->ready[row].slot;
  const bk_wanted *wanted = bk_wanted_at(bk, slot);
  const size_t room = bk_scratch_room(bk, (size_t)wanted->size);
  sk_slice slices[2];
  ssize_t got;
  if (wanted->form == BK_RECV_INTO) {
    if (!memory_of(bk, slot, wanted, slices)) return true;
    got = read_to(wanted, slices[0].data, slices[0].length, read);
    bk->shared->pooled = -1;
  } else if (wanted->form == BK_RECVFROM) {
    if (*addresses == SK_BATCH_MAX) return true;
    got = read_from(bk, wanted, room, (*addresses)++, read);
    got = bk_pool_read(bk, room, got, true);
  } else if (bk_pool_slices(bk, room, slices)) {
    got = bk_pool_landed(bk, slices, read_to_slices(wanted, slices, read));
  } else {
    got = bk_pool_read(bk, room, read_to(wanted, bk->scratch.data, room, read), true);
  }
  read->rc = (int32_t)got;
  read->pooled = bk->shared->pooled;
  read->pool = bk->shared->pool;
  return got <= 0 || read->pooled >= 0 || wanted->form == BK_RECV_INTO;
}

/* Prepares the read of `row` as one of many: `call`, and in `slices` where it lands. `used` is how
 * many bytes of the pool are taken. False: the read has to be made alone. */
static bool prepare(bk_instance *bk, int row, int addresses, size_t *used, sk_slice rest,
                    sk_slice slices[2], sk_call *call) {
  const int32_t slot = bk->shared->ready[row].slot;
  const bk_wanted *wanted = bk_wanted_at(bk, slot);
  *call = (sk_call){.fd = wanted->fd, .slices = slices, .count = 1};
  if (wanted->form == BK_RECV_INTO) return memory_of(bk, slot, wanted, slices);
  if (wanted->form == BK_RECVFROM) {
    if (addresses == SK_BATCH_MAX) return false;
    call->address = bk->shared->datagrams[addresses].address;
    call->address_length = SK_ADDRESS_MAX;
  }
  const size_t room = bk_scratch_room(bk, (size_t)wanted->size);
  if (!bk_pool_reserve(bk, used, room, rest, slices)) return false;
  call->count = count_slices(slices);
  return true;
}

/* How many bytes did not fit into their place in the pool. */
static size_t length_over(const sk_call *call) {
  const size_t length = call->rc > 0 ? (size_t)call->rc : 0;
  return length > call->slices[0].length ? length - call->slices[0].length : 0;
}

/* Writes the result of `call` and, if the bytes fit into their place, where they are. A read
 * that was not made is left to JavaScript. */
static void tell(bk_instance *bk, int row, const sk_call *call, int *addresses) {
  bk_read *read = &bk->shared->reads[row];
  const bk_wanted *wanted = bk_wanted_at(bk, bk->shared->ready[row].slot);
  bk->shared->pooled = -1;
  if (wanted->form != BK_RECV_INTO && call->rc > 0 && length_over(call) == 0) {
    bk_pool_close_up(bk, call->slices[0].data, (size_t)call->rc);
  }
  *read = (bk_read){
      .rc = call->rc == SK_NOT_MADE ? BK_NOT_READ : call->rc,
      .pooled = bk->shared->pooled,
      .more = wanted->unix_stream && call->stopped,
      .pool = bk->shared->pool,
  };
  if (call->address == NULL) return;
  bk->shared->datagrams[*addresses].address_length = (int32_t)call->address_length;
  read->more = (*addresses)++;
}

static void tell_copy(bk_instance *bk, int row, const uint8_t *bytes) {
  bk_read *read = &bk->shared->reads[row];
  const bool is_copied = bk_pool_copy(bk, bytes, (size_t)read->rc);
  read->pooled = bk->shared->pooled;
  read->pool = bk->shared->pool;
  if (!is_copied) read->rc = -ENOMEM;
}

/* Whether the row is for the same slot as the one before it. */
static bool is_same_slot(const bk_instance *bk, int row) {
  return row > 0 && bk->shared->ready[row].slot == bk->shared->ready[row - 1].slot;
}

/* Another pool is taken if this one has no room for so many reads. */
enum { ROOM_MIN = 3 };

/* Each of many reads has so many bytes of `rest`, as many as the scratch; most are never
 * touched. */
enum { REST_SIZE = 64 * 1024 };

static bool has_rest(bk_instance *bk) {
  if (bk->rest == NULL) bk->rest = malloc((size_t)SK_CALLS_MAX * REST_SIZE);
  return bk->rest != NULL;
}

static sk_slice rest_of(const bk_instance *bk, int number) {
  return (sk_slice){.data = bk->rest + (size_t)number * REST_SIZE, .length = REST_SIZE};
}

/* How many rows, from the first on, are for one slot (`of_one`), or else each for a slot that has no
 * other row. */
static int count_alike(const bk_instance *bk, const int *rows, int most, bool of_one) {
  int count = 1;
  while (count < most && is_same_slot(bk, rows[count]) == of_one) count++;
  return count < most && !of_one ? count - 1 : count;
}

/* Makes the first reads of `rows` in one call. Returns how many, or 0 if that does not pay.
 * Either all are messages of one slot, or each is for another slot. They land side by side in
 * the pool, in places as long as reads have been lately, and then close up. What does not fit
 * into its place lands in `rest`; such a read is copied once all others are where they stay. */
static int read_together(bk_instance *bk, const int *rows, int most, int *addresses) {
  sk_call calls[SK_CALLS_MAX];
  sk_slice slices[SK_CALLS_MAX][2];
  const bool of_one = most > 1 && is_same_slot(bk, rows[1]);
  most = count_alike(bk, rows, most, of_one);
  if (!bk_gains_together(bk, most, of_one) || !has_rest(bk)) return 0;
  bk_pool_make_room(bk, most < ROOM_MIN ? most : ROOM_MIN);
  size_t used = bk->pool_used;
  int count = 0, number = *addresses;
  while (count < most && count < SK_CALLS_MAX) {
    sk_call *call = &calls[count];
    if (!prepare(bk, rows[count], number, &used, rest_of(bk, count), slices[count], call)) break;
    if (calls[count++].address != NULL) number++;
  }
  if (!bk_gains_together(bk, count, of_one)) return 0;
  bk_make_together(bk, calls, count, of_one);
  for (int i = 0; i < count; i++) {
    const sk_slice *place = &calls[i].slices[0];
    if (length_over(&calls[i]) > 0) memcpy(rest_of(bk, i).data, place->data, place->length);
    tell(bk, rows[i], &calls[i], addresses);
  }
  for (int i = 0; i < count; i++) {
    if (length_over(&calls[i]) > 0) tell_copy(bk, rows[i], rest_of(bk, i).data);
  }
  return count;
}

/* Whether somebody waits for a read on what a row of `ready` reports. Not if there was no memory
 * for a scratch: JavaScript then tries again to get some. */
static bool is_wanted(const bk_instance *bk, const sk_ready *ready) {
  const bk_wanted *wanted = bk_wanted_at(bk, ready->slot);
  if (wanted == NULL || wanted->size <= 0 || bk->scratch.length == 0) return false;
  return wanted->generation == ready->generation && sk_poller_is_readable(ready->events);
}

/* Whether the row before it, for the same slot, has read nothing: then this one would find nothing
 * either, or it is not its turn yet. */
static bool is_in_vain(const bk_instance *bk, int row) {
  return is_same_slot(bk, row) && bk->shared->reads[row - 1].rc < 0;
}

/* How many messages to read for a row: one for each call that waits, but no more than are
 * likely. */
static int count_messages(const bk_instance *bk, const sk_ready *ready) {
  if (!is_wanted(bk, ready)) return 1;
  const bk_wanted *wanted = bk_wanted_at(bk, ready->slot);
  const int32_t most = wanted->waiting < wanted->likely ? wanted->waiting : wanted->likely;
  return most < 1 ? 1 : most < SK_CALLS_MAX ? most : SK_CALLS_MAX;
}

/* Gives each message to read a row of its own. */
static int add_rows(bk_instance *bk, int count) {
  sk_ready *ready = bk->shared->ready;
  int messages[BK_READY_MAX], room = BK_READY_MAX - count;
  for (int row = 0; row < count; row++) {
    const int wanted = count_messages(bk, &ready[row]);
    messages[row] = wanted - 1 < room ? wanted : room + 1;
    room -= messages[row] - 1;
  }
  const int total = BK_READY_MAX - room;
  for (int row = count - 1, to = total; row < to - 1; row--) {
    for (int left = messages[row]; left > 0; left--) ready[--to] = ready[row];
  }
  return total;
}

/* Of each slot's rows only the last that says anything keeps the events. Also notes how many
 * messages a slot is likely to have next time. */
static void end_rows(bk_instance *bk, int count) {
  for (int row = 0; row < count; row++) {
    sk_ready *ready = &bk->shared->ready[row];
    bk_wanted *wanted = bk_wanted_at(bk, ready->slot);
    int messages = 0, rows = 1;
    while (row + rows < count && is_same_slot(bk, row + rows)) rows++;
    while (messages < rows && bk->shared->reads[row + messages].rc >= 0) messages++;
    if (wanted != NULL) wanted->likely = messages < rows ? messages + 1 : 2 * rows;
    for (int i = 0; i < rows; i++) {
      if (i < messages && i < rows - 1) ready[i].events = 0;
      if (i > messages) ready[i].generation = BK_NO_ROW;
    }
    row += rows - 1;
  }
}

/* Makes the reads of the rows from `row` to `count`. False: no more can be made, since the
 * scratch is in use. */
static bool read_rows(bk_instance *bk, int row, int count, int *addresses) {
  int rows[BK_READY_MAX], most = 0;
  for (; row < count; row++) {
    bk->shared->reads[row].rc = BK_NOT_READ;
    if (is_wanted(bk, &bk->shared->ready[row])) rows[most++] = row;
  }
  for (int done = 0; done < most;) {
    if (is_in_vain(bk, rows[done])) {
      done++;
      continue;
    }
    const int together = read_together(bk, rows + done, most - done, addresses);
    if (together == 0 && !read_alone(bk, rows[done], addresses)) return false;
    done += together > 0 ? together : 1;
  }
  return true;
}

/* If all messages that the last slot was asked for were there, asks it for as many again.
 * Returns how many rows there are now. */
static int ask_again(bk_instance *bk, int count) {
  sk_ready *last = &bk->shared->ready[count - 1];
  int messages = 1;
  if (!is_wanted(bk, last) || bk->shared->reads[count - 1].rc < 0) return count;
  while (is_same_slot(bk, count - messages)) messages++;
  const int left = bk_wanted_at(bk, last->slot)->waiting - messages;
  const int most = left < messages ? left : messages;
  const int room = BK_READY_MAX - count;
  for (int i = 1; i <= most && i <= room; i++) last[i] = *last;
  return count + (most < 0 ? 0 : most < room ? most : room);
}

/* Whether several calls wait at one of the rows' slots, which is rare. */
static bool is_waited_for_twice(const bk_instance *bk, int count) {
  for (int row = 0; row < count; row++) {
    const bk_wanted *wanted = bk_wanted_at(bk, bk->shared->ready[row].slot);
    if (wanted != NULL && wanted->waiting > 1) return true;
  }
  return false;
}

int bk_read_ahead(bk_instance *bk, int count) {
  int addresses = 0; /* rows of `datagrams` in use */
  int read = 0;
  if (!is_waited_for_twice(bk, count)) {
    read_rows(bk, 0, count, &addresses);
    return count;
  }
  count = add_rows(bk, count);
  while (read < count && read_rows(bk, read, count, &addresses)) {
    read = count;
    count = ask_again(bk, count);
  }
  end_rows(bk, count);
  return count;
}
