/* The Node-API side of berkeley: unpacks JavaScript values, calls sys, packs the result.
 * What is decided is decided in TypeScript. */
#ifndef BERKELEY_BIND_H
#define BERKELEY_BIND_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "../sys/sys.h"

typedef struct uv_poll_s uv_poll_t;

/* What C and JavaScript share without a call: one ArrayBuffer an environment.
 * src/native.ts reads it by the same offsets. */
enum {
  BK_READY_MAX = 256, /* events a tick: 256 × 12 bytes = 3 KiB */
};
/* A read that JavaScript waits for: the poller makes it before it tells of the event. */
typedef struct {
  int32_t fd;
  int32_t generation;
  int32_t size; /* 0: nobody waits for one */
  int32_t unix_stream;
  int32_t put_off; /* to the end of the tick: its slot is in `asked` */
  int32_t form;
  int32_t waiting; /* so many wait for the same: of a descriptor that keeps messages, else 1 */
  int32_t likely;  /* so many of them are served at a time; written by C */
} bk_wanted;
enum {
  BK_RECV,
  BK_RECV_INTO, /* the caller's memory, at the slot's place in bk_instance.into */
  BK_RECVFROM,
};
/* What came of it: bytes, a negative errno, or BK_NOT_READ; as `pooled` below; of a Unix stream as sk_recv_unix, of
 * BK_RECVFROM the row of `datagrams` that has the address; and in which of the tick's pools. */
enum { BK_NOT_READ = INT32_MIN, BK_NO_ROW = INT32_MIN /* as a generation */ };
typedef struct {
  int32_t rc;
  int32_t pooled;
  int32_t more;
  int32_t pool;
} bk_read;
/* A send that JavaScript has put off to the end of its tick, and what came of it. */
enum {
  BK_SENDS_MAX = 64,
  BK_NOT_SENT = INT32_MIN, /* one before it, on the same descriptor, was cut short; or its memory is gone */
};
enum {
  BK_APART,
  BK_JOINS, /* may be one call with it: more of the same stream */
  BK_NEXT, /* the next message of the same descriptor, where each goes whole or not at all */
};
typedef struct {
  int32_t fd;
  int32_t offset; /* in the outbox's memory, of the bytes; where they are borrowed, of the address */
  int32_t length;
  int32_t flags;
  int32_t behind; /* what it is to the row before it */
  int32_t address_length; /* it lies behind the bytes; 0: there is none */
  int32_t borrowed; /* the bytes are the caller's, at the row's place in bk_instance.borrowed */
  int32_t rc;
  int32_t untold; /* there was an error before it that the kernel told nobody of */
} bk_send;
typedef struct {
  int32_t address_length; /* of the address that the last call gave */
  int32_t waiting;        /* calls that wait for the poller; written by JavaScript */
  int32_t kept;           /* whether the poller keeps the process alive now; written by C */
  int32_t pooled;         /* where in the pool the last small read is, or -1 */
  int32_t values[3];      /* small results: an option's value, a pair of descriptors */
  int32_t only_wanted;    /* the slot that alone is waited for with a read, or -1; written by JavaScript */
  int32_t put_off_count;  /* rows of `sends` in use; written by JavaScript */
  int32_t puts_off;       /* whether a tick puts sends off now; written by C */
  int32_t sent;           /* of them made already */
  int32_t asked_count;    /* slots in `asked`; written by JavaScript */
  int32_t round;          /* of the tick: 0 tells of events, the others of what was put off */
  int32_t turn_over;      /* what is left is left to the next turn of the loop; written by JavaScript */
  int32_t ring_forbidden; /* calls are made one by one; written by JavaScript */
  int32_t pace;           /* so many sends in the time that one may be put off; written by C */
  int32_t pool;           /* which of those that a tick has had; written by JavaScript, whose list it is */
  uint8_t address[SK_ADDRESS_MAX];
  sk_ready ready[BK_READY_MAX];
  bk_read reads[BK_READY_MAX]; /* a row of `ready` each */
  sk_datagram datagrams[SK_BATCH_MAX]; /* of the batch that a call receives or sends, or of the tick's reads */
  bk_send sends[BK_SENDS_MAX];
  int32_t asked[BK_READY_MAX]; /* slots whose read is put off to the end of the tick */
} bk_shared;

/* Memory of JavaScript's that C has the address of: the reference keeps it alive. */
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
  bk_kept pool; /* small reads are here, one behind the other */
  size_t pool_used;
  size_t likely_length; /* of the next read: that of the longest lately */
  bk_kept heap_top; /* the memory for reads that lay highest lately */
  int lower;        /* how many have come since that lay lower */
  napi_ref on_pool_full;
  bk_kept wanted;    /* a bk_wanted a slot; written by JavaScript */
  napi_ref into;     /* an array of a Uint8Array a slot; written by JavaScript */
  int direct_reads;  /* in a row, without a look at what else is ready */
  sk_linger turn_linger; /* before the loop goes on */
  sk_linger call_linger; /* before a call holds the thread */
  bk_kept outbox;          /* the bytes of put off sends; written by JavaScript */
  napi_ref borrowed;       /* an array of a Uint8Array a send; written by JavaScript */
  bool cut_short;          /* of those made, one */
  int64_t outbox_since_us; /* JavaScript runs, and puts off */
  sk_ring *ring;           /* NULL until there is much to make together, or where there is none */
  int ring_error;          /* why there is none */
  uint8_t *rest;           /* of each read of many, for what has no room in its place; NULL until there are many */
  int poller; /* -1 until the first call that waits */
  uv_poll_t *poll;
  napi_ref on_ready;
  uint8_t *owned; /* a bit a descriptor: those to close with the environment */
  size_t owned_bits;
  napi_async_cleanup_hook_handle cleanup; /* NULL without a poll handle */
} bk_instance;

/* A length as a socklen_t. One that is too long for it stays too long, and does not wrap to one that
 * fits: the kernel refuses it, or looks at the beginning alone. */
static inline uint32_t bk_socklen(size_t length) {
  return length > INT32_MAX ? INT32_MAX : (uint32_t)length;
}

/* instance.c */
bk_instance *bk_instance_create(napi_env env, napi_value exports);
bk_instance *bk_instance_of(napi_env env);
void bk_instance_destroy(bk_instance *bk);
/* From now on the end of the environment waits until the loop has let go of the poll handle. */
void bk_instance_end_with_loop(bk_instance *bk);
/* A descriptor that this environment closes when it is torn down (a worker that is terminated
 * runs no JavaScript any more), until it is disowned. */
void bk_own(bk_instance *bk, int fd);
void bk_disown(bk_instance *bk, int fd);

/* poller.c */
void bk_poller_close_and_destroy(bk_instance *bk);

/* read_ahead.c */
/* What is waited for at a slot; NULL where nothing can be. */
bk_wanted *bk_wanted_at(const bk_instance *bk, int32_t slot);
/* Makes the reads that are waited for of the first `count` rows of `ready`, so that a tick crosses into JavaScript once
 * and not once a socket. Where several wait at a slot, it has as many rows from then on, one behind the other: those of
 * messages have no events, but for the last, and those behind what could not be read are BK_NO_ROW. Gives how many rows
 * there are now. */
int bk_read_ahead(bk_instance *bk, int count);

/* outbox.c */
/* Makes the sends that are put off: before any other call, so that a program's calls are made in the
 * order in which it makes them. */
void bk_outbox_empty(bk_instance *bk);
/* JavaScript is about to run and to hear of `count` events, answers and the like: it may put calls off. */
void bk_outbox_open(bk_instance *bk, int count);
/* It has run: makes the sends that it has put off, and gives how many there are to tell of. */
int bk_outbox_close(bk_instance *bk);

/* ring.c */
/* Whether one call for `count` can be made, and takes less than a call each. `of_one`: all are messages of one descriptor. */
bool bk_gains_together(bk_instance *bk, int count, bool of_one);
/* Where it is so: as sk_mmsg_make or sk_ring_make. */
void bk_make_together(bk_instance *bk, sk_call *calls, int count, bool of_one);
void bk_close_ring(bk_instance *bk);

/* transfer.c */
/* Says where the address that a call wrote into shared memory ends. */
void bk_set_address_length(bk_instance *bk, uint32_t length);

/* pool.c */
/* How much of `size` bytes the scratch takes. */
size_t bk_scratch_room(const bk_instance *bk, size_t size);
/* Gives the pool up if it is not there any more: before reads that JavaScript has not just asked for. */
void bk_check_pool(bk_instance *bk);
/* Copies a small read from the scratch, where it had `room` bytes, into the pool; gives `read`. A full pool is
 * followed by another, which JavaScript gives: in place of it, or, for the reads of a tick, beside it. */
ssize_t bk_pool_read(bk_instance *bk, size_t room, ssize_t read, bool in_tick);
/* Where a read of `room` bytes may land in place of the scratch, so that nothing is to be copied most often: in the
 * pool, and what does not fit there behind as much of the scratch. False: it is not worth it. */
bool bk_pool_slices(const bk_instance *bk, size_t room, sk_slice slices[2]);
/* As bk_pool_read, of what was read to those slices in a tick. */
ssize_t bk_pool_landed(bk_instance *bk, const sk_slice slices[2], ssize_t read);
/* The same of several reads: as long a place as reads are lately, behind the `used` bytes of the pool; what does
 * not fit there lands in `rest`, behind as much. False: the pool is full. */
bool bk_pool_reserve(const bk_instance *bk, size_t *used, size_t room, sk_slice rest, sk_slice slices[2]);
/* Takes another pool where there is no room for so many places in this one, but would be in an empty one. */
void bk_pool_make_room(bk_instance *bk, int count);
/* Moves what was read to its place up to that before it, in their order. */
void bk_pool_close_up(bk_instance *bk, const uint8_t *place, size_t length);
/* Copies what was not, behind all that stays in the pool. False: there is no memory. */
bool bk_pool_copy(bk_instance *bk, const uint8_t *from, size_t length);

/* message.c */
/* The first `size` bytes of the Uint8Array at `index` of the array that `ref` keeps. False: they are not there any more. */
bool bk_memory_at(const bk_instance *bk, napi_ref ref, size_t index, size_t size, sk_slice *memory);

/* values.c */
/* Reads the arguments by `format`, a letter each, into the pointers behind it; throws a TypeError
 * and gives false where one does not fit. First it makes the sends that are put off, but for a call that asks
 * the kernel nothing: its format begins with '-'.
 *   i int32_t   n size_t (0 to 2^53)   ? bool   b sk_slice (Uint8Array)
 *   s char * (UTF-8, malloc'd, the caller frees it), or NULL for null   v napi_value, as it is */
bool bk_parse(napi_env env, napi_callback_info info, const char *format, ...);
/* The memory of a Uint8Array; false for what is no typed array. */
bool bk_read_bytes(napi_env env, napi_value value, sk_slice *bytes);
/* The same, or null, which has none. */
bool bk_read_bytes_or_null(napi_env env, napi_value value, sk_slice *bytes);
napi_value bk_number(napi_env env, int64_t value);
/* A text of `length` bytes, or the negative errno that `length` is. */
napi_value bk_text(napi_env env, int length, const char *text);
/* Keeps `value` alive, in the place of another. */
bool bk_keep(napi_env env, napi_value value, napi_ref *ref);
/* The first argument of a call, a Uint8Array, as a value and as its memory. */
bool bk_parse_memory(napi_env env, napi_callback_info info, napi_value *value, sk_slice *bytes);
/* The same, whose memory is used from now on in the place of another's. */
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
