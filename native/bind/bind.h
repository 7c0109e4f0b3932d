/* The Node-API side of berkeley: unpacks JavaScript values, calls sys, packs the result.
 * Decisions are left to TypeScript. */
#ifndef BERKELEY_BIND_H
#define BERKELEY_BIND_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "../sys/sys.h"

typedef struct uv_poll_s uv_poll_t;

/* What C and JavaScript share without a call: one ArrayBuffer for each environment.
 * src/native.ts reads it by the same offsets. */
enum {
  BK_READY_MAX = 256, /* events a tick: 256 × 12 bytes = 3 KiB */
};
/* A read that JavaScript waits for: the poller makes it before it reports the event. */
typedef struct {
  int32_t fd;
  int32_t generation;
  int32_t size; /* 0: nobody waits for one */
  int32_t unix_stream;
  int32_t put_off; /* to the end of the tick: its slot is in `asked` */
  int32_t form;
  int32_t waiting; /* how many calls wait for such a read; 1 unless the descriptor keeps messages */
  int32_t likely;  /* how many of them a tick is likely to serve; written by C */
} bk_wanted;
enum {
  BK_RECV,
  BK_RECV_INTO, /* the caller's memory, at the slot's place in bk_instance.into */
  BK_RECVFROM,
};
/* The result of such a read. */
enum { BK_NOT_READ = INT32_MIN, BK_NO_ROW = INT32_MIN /* as a generation */ };
typedef struct {
  int32_t rc;     /* bytes, a negative errno, or BK_NOT_READ */
  int32_t pooled; /* as bk_shared.pooled */
  int32_t more;   /* Unix stream: `stopped`; BK_RECVFROM: the row of `datagrams` with the address */
  int32_t pool;   /* which of the tick's pools it is in */
} bk_read;
/* A send that JavaScript has put off to the end of its tick, and its result. */
enum {
  BK_SENDS_MAX = 64,
  BK_NOT_SENT = INT32_MIN, /* an earlier one on the descriptor was cut short, or its memory is gone */
};
enum {
  BK_APART,
  BK_JOINS, /* more bytes of the same stream: both may be one call */
  BK_NEXT, /* the next message of the same descriptor, where each goes whole or not at all */
};
typedef struct {
  int32_t fd;
  int32_t offset; /* in the outbox's memory: of the bytes or, if they are borrowed, of the address */
  int32_t length;
  int32_t flags;
  int32_t relation; /* to the row before it */
  int32_t address_length; /* the address follows the bytes; 0: there is none */
  int32_t borrowed; /* the bytes are the caller's, at the row's place in bk_instance.borrowed */
  int32_t rc;
  int32_t untold; /* before it there was an error that the kernel reported to no call */
} bk_send;
typedef struct {
  int32_t address_length; /* of the address that the last call wrote */
  int32_t waiting;        /* calls that wait for the poller; written by JavaScript */
  int32_t kept;           /* whether the poller keeps the process alive now; written by C */
  int32_t pooled;         /* where in the pool the last small read is, or -1 */
  int32_t values[3];      /* small results: an option's value, a pair of descriptors */
  int32_t only_wanted;    /* the one slot with a read in `wanted`, else -1; written by JavaScript */
  int32_t put_off_count;  /* rows of `sends` in use; written by JavaScript */
  int32_t puts_off;       /* whether a tick puts sends off now; written by C */
  int32_t sent;           /* how many of these rows have been made */
  int32_t asked_count;    /* slots in `asked`; written by JavaScript */
  int32_t round;          /* of the tick: 0 reports events, later ones what was put off */
  int32_t turn_over;      /* the rest waits for the loop's next turn; written by both */
  int32_t ring_forbidden; /* io_uring is not to be used; written by JavaScript */
  int32_t pace;           /* how many sends to put off before they are made; written by C */
  int32_t pool;           /* the pool in use: its index in JavaScript's list of the tick's pools */
  uint8_t address[SK_ADDRESS_MAX];
  sk_ready ready[BK_READY_MAX];
  bk_read reads[BK_READY_MAX]; /* one for each row of `ready` */
  sk_datagram datagrams[SK_BATCH_MAX]; /* the batch of a call, or the addresses of a tick's reads */
  bk_send sends[BK_SENDS_MAX];
  int32_t asked[BK_READY_MAX]; /* slots whose read is put off to the end of the tick */
} bk_shared;

/* JavaScript's memory whose address C holds: the reference keeps it alive. */
typedef struct {
  uint8_t *data;
  size_t length;
  napi_ref ref;
} bk_kept;

/* All state of one environment (the main thread or a worker); freed with it. */
typedef struct {
  napi_env env;
  bk_shared *shared;
  napi_ref shared_ref;
  bk_kept scratch;
  bk_kept pool; /* small reads lie here, one after the other */
  size_t pool_used;
  size_t likely_length; /* of the next read: about that of the longest lately */
  bk_kept heap_top; /* the memory that lay highest of all that reads were given lately */
  int lower;        /* how many lower blocks have come since */
  napi_ref on_pool_full;
  bk_kept wanted;    /* a bk_wanted for each slot; written by JavaScript */
  napi_ref into;     /* an array with a Uint8Array for each slot; written by JavaScript */
  int direct_reads;  /* how many in a row, without asking what else is ready */
  sk_linger turn_linger; /* before the loop goes on */
  sk_linger call_linger; /* before a call blocks the thread */
  bk_kept outbox;          /* the bytes of sends that are put off; written by JavaScript */
  napi_ref borrowed;       /* an array with a Uint8Array for each send; written by JavaScript */
  bool cut_short;          /* one of the sends made was not made whole */
  int64_t outbox_since_us; /* when JavaScript began to run, and to put sends off */
  sk_ring *ring;           /* NULL until there are many calls to make, or if there is none */
  int ring_error;          /* why there is none */
  uint8_t *rest;           /* for what does not fit a read's place in the pool; NULL until used */
  int poller; /* -1 until the first call that waits */
  uv_poll_t *poll;
  napi_ref on_ready;
  uint8_t *owned; /* a bit for each descriptor: whether to close it with the environment */
  size_t owned_bits;
  napi_async_cleanup_hook_handle cleanup; /* NULL without a poll handle */
} bk_instance;

/* A length as a socklen_t. One that does not fit stays too long, and does not wrap to a short one:
 * the kernel refuses it, or looks only at the beginning. */
static inline uint32_t bk_socklen(size_t length) {
  return length > INT32_MAX ? INT32_MAX : (uint32_t)length;
}

/* instance.c */
bk_instance *bk_instance_create(napi_env env, napi_value exports);
bk_instance *bk_instance_of(napi_env env);
void bk_instance_destroy(bk_instance *bk);
/* From now on the environment does not end before the loop has let go of the poll handle. */
void bk_instance_end_with_loop(bk_instance *bk);
/* Has this environment close the descriptor when it is torn down, unless it is disowned before. (A
 * worker that is terminated runs no JavaScript any more that could close it.) */
void bk_own(bk_instance *bk, int fd);
void bk_disown(bk_instance *bk, int fd);

/* poller.c */
void bk_poller_close_and_destroy(bk_instance *bk);

/* read_ahead.c */
/* The row of a slot; NULL if the table has none. */
bk_wanted *bk_wanted_at(const bk_instance *bk, int32_t slot);
/* Makes the reads that are waited for at the first `count` rows of `ready`, so that a tick
 * crosses into JavaScript once, and not once for each socket. If several calls wait for messages
 * at a slot, its row becomes several in succession, one for each message. Only the last that
 * says anything keeps the events; the generation of those after a read that failed is BK_NO_ROW.
 * Returns how many rows there are now. */
int bk_read_ahead(bk_instance *bk, int count);

/* outbox.c */
/* Makes the sends that are put off. It runs before any other call, so that a program's calls reach
 * the kernel in their order. */
void bk_outbox_empty(bk_instance *bk);
/* JavaScript is about to run and to learn of `count` events or results. If these are enough, it may
 * put sends off. */
void bk_outbox_open(bk_instance *bk, int count);
/* JavaScript has run: makes the sends that it has put off, and returns how many there were. */
int bk_outbox_close(bk_instance *bk);

/* ring.c */
/* Whether `count` calls can be made as one, and that is faster. `of_one`: all are messages of one
 * descriptor. */
bool bk_gains_together(bk_instance *bk, int count, bool of_one);
/* Makes them as one, by sk_mmsg_make or sk_ring_make. Only if bk_gains_together says so. */
void bk_make_together(bk_instance *bk, sk_call *calls, int count, bool of_one);
void bk_close_ring(bk_instance *bk);

/* transfer.c */
/* Notes the length of the address that a call has written into shared memory. */
void bk_set_address_length(bk_instance *bk, uint32_t length);

/* pool.c */
/* How many of `size` bytes fit into the scratch. */
size_t bk_scratch_room(const bk_instance *bk, size_t size);
/* Gives the pool up if its memory has been transferred away. For the poller's reads: before a read
 * that JavaScript asks for, JavaScript checks it. */
void bk_check_pool(bk_instance *bk);
/* Copies a small read from the scratch, where it had `room` bytes, into the pool; returns `read`.
 * When the pool is full JavaScript supplies another: in its place or, in a tick, in addition. */
ssize_t bk_pool_read(bk_instance *bk, size_t room, ssize_t read, bool in_tick);
/* Where a read of `room` bytes may land, so that mostly nothing has to be copied: in the pool, and
 * what does not fit there at its offset in the scratch. False: it does not pay. */
bool bk_pool_slices(const bk_instance *bk, size_t room, sk_slice slices[2]);
/* As bk_pool_read, for what was read into those slices in a tick. */
ssize_t bk_pool_landed(bk_instance *bk, const sk_slice slices[2], ssize_t read);
/* The same for one of several reads: it gets a place as long as reads have been lately, after
 * the `used` bytes of the pool. What does not fit there lands at its offset in `rest`. False:
 * there is no room for it. */
bool bk_pool_reserve(const bk_instance *bk, size_t *used, size_t room, sk_slice rest, sk_slice slices[2]);
/* Takes another pool if this one has no room for so many places, but an empty one would. */
void bk_pool_make_room(bk_instance *bk, int count);
/* Closes the gap between what was read to `place` and the read before it. */
void bk_pool_close_up(bk_instance *bk, const uint8_t *place, size_t length);
/* Copies what is not in the pool to the end of it. False: there is no memory. */
bool bk_pool_copy(bk_instance *bk, const uint8_t *from, size_t length);

/* message.c */
/* The first `size` bytes of the Uint8Array at `index` of the array that `ref` keeps. False: it
 * is no longer that long. */
bool bk_memory_at(const bk_instance *bk, napi_ref ref, size_t index, size_t size, sk_slice *memory);

/* values.c */
/* Reads the arguments into the pointers that follow `format`, which has a letter for each.
 * Throws a TypeError and returns false if one does not fit. First it makes the sends that are
 * put off, unless `format` begins with '-': such a call asks the kernel nothing.
 *   i int32_t   n size_t (0 to 2^53)   ? bool   b sk_slice (Uint8Array)
 *   s char * (UTF-8, malloc'd, the caller frees it), or NULL for null   v napi_value, as it is */
bool bk_parse(napi_env env, napi_callback_info info, const char *format, ...);
/* The memory of a Uint8Array; false for what is no typed array. */
bool bk_read_bytes(napi_env env, napi_value value, sk_slice *bytes);
/* The same; null stands for no bytes. */
bool bk_read_bytes_or_null(napi_env env, napi_value value, sk_slice *bytes);
napi_value bk_number(napi_env env, int64_t value);
/* A text of `length` bytes, or the negative errno that `length` is. */
napi_value bk_text(napi_env env, int length, const char *text);
/* Keeps `value` alive, in place of what `ref` has kept so far. */
bool bk_keep(napi_env env, napi_value value, napi_ref *ref);
/* The first argument of a call, a Uint8Array, as a value and as its memory. */
bool bk_parse_memory(napi_env env, napi_callback_info info, napi_value *value, sk_slice *bytes);
/* The same, to be used from now on in place of what `kept` has been. */
bool bk_parse_kept(napi_env env, napi_callback_info info, bk_kept *kept);
void bk_throw_no_memory(napi_env env);

/* Each file's functions, for module.c to export. */
extern const napi_property_descriptor bk_socket_functions[], bk_descriptor_functions[],
    bk_transfer_functions[], bk_pool_functions[], bk_wait_functions[], bk_option_functions[],
    bk_poller_functions[], bk_resolve_functions[], bk_interface_functions[], bk_name_functions[],
    bk_message_functions[], bk_mmsg_functions[], bk_outbox_functions[], bk_ring_functions[];
extern const size_t bk_socket_count, bk_descriptor_count, bk_transfer_count, bk_pool_count,
    bk_wait_count, bk_option_count, bk_poller_count, bk_resolve_count, bk_interface_count,
    bk_name_count, bk_message_count, bk_mmsg_count, bk_outbox_count, bk_ring_count;

#define BK_FUNCTION(name, function) \
  { name, NULL, function, NULL, NULL, NULL, napi_enumerable, NULL }
#define BK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
