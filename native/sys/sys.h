/* The POSIX side of berkeley: a function for each system call, and no JavaScript values.
 *
 * Conventions, for every function here:
 * - the result is what the system call returns, or -errno (see sk_ret);
 * - EINTR is retried inside, except where the call must not be made twice: sk_connect returns EINTR,
 *   sk_close succeeds;
 * - addresses are bytes in the kernel's own form, in an array of SK_ADDRESS_MAX bytes. */
#ifndef BERKELEY_SYS_H
#define BERKELEY_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* sizeof(struct sockaddr_storage): the longest address that any family has. */
enum { SK_ADDRESS_MAX = 128 };

/* socket.c */
int sk_socket(int family, int type, int protocol);
int sk_socketpair(int family, int type, int protocol, int fds[2]);
int sk_bind(int fd, const uint8_t *address, uint32_t length);
int sk_listen(int fd, int backlog);
/* `address` may be NULL: AF_ALG has no addresses, and accept(2) fails there if it asks for one. */
int sk_accept(int fd, uint8_t *address, uint32_t *length, bool nonblock);
int sk_connect(int fd, const uint8_t *address, uint32_t length);
int sk_shutdown(int fd, int how);
int sk_getsockname(int fd, uint8_t *address, uint32_t *length);
int sk_getpeername(int fd, uint8_t *address, uint32_t *length);

/* descriptor.c */
int sk_close(int fd);
int sk_dup(int fd);
int sk_set_nonblock(int fd, bool nonblock);
int sk_get_nonblock(int fd);
/* Whether the next byte is where urgent data was sent: 1, 0 or a negative errno. */
int sk_at_mark(int fd);
int sk_set_inheritable(int fd, bool inheritable);
int sk_get_inheritable(int fd);

/* linger.c: before a thread goes to sleep, it looks a moment longer for what it waits for, if such
 * looks have found something lately. All zeros at first.
 *   if (sk_linger_begin(linger)) do … while (sk_linger_again(linger, found)); */
typedef struct {
  int backoff;       /* two for each vain look, less one for each that found something soon */
  int waits_to_pass; /* so many waits go to sleep without a look */
  int credit;        /* for long looks: see linger.c */
  int64_t since_us, now_us; /* the present look: when it began, 0 until it has found nothing once */
} sk_linger;
bool sk_linger_begin(sk_linger *linger);
bool sk_linger_again(sk_linger *linger, bool found);

/* Slices go to the kernel as they are: a struct iovec each. */
typedef struct {
  uint8_t *data;
  size_t length;
} sk_slice;

/* transfer.c: `linger` (or NULL) is used only without flags: such a read may have to wait. */
ssize_t sk_recv(int fd, void *buffer, size_t size, int flags, sk_linger *linger);
/* Reads what is there. Never waits, even if the descriptor is in blocking mode. */
ssize_t sk_recv_now(int fd, void *buffer, size_t size);
/* sk_recv for a Unix stream. `stopped`: the data came with descriptors or credentials. There such a
 * read stops, although more data may follow. */
ssize_t sk_recv_unix(int fd, void *buffer, size_t size, int flags, bool *stopped);
ssize_t sk_recv_unix_now(int fd, void *buffer, size_t size, bool *stopped);
/* The same into several slices in turn. `stopped` means nothing unless it is a Unix stream. */
ssize_t sk_recv_slices_now(int fd, const sk_slice *slices, size_t count, bool *stopped);
ssize_t sk_recvfrom(int fd, void *buffer, size_t size, int flags, sk_linger *linger,
                    uint8_t *address, uint32_t *length);
ssize_t sk_recvfrom_now(int fd, void *buffer, size_t size, uint8_t *address, uint32_t *length);
ssize_t sk_send(int fd, const void *data, size_t size, int flags);
ssize_t sk_sendto(int fd, const void *data, size_t size, int flags, const uint8_t *address,
                  uint32_t length);

/* message.c: many slices of memory, control messages and an address in one call. Control messages
 * are in the kernel's own form. */
enum { SK_SLICES_MAX = 1024 }; /* 1,024 × 16 bytes of iovec = 16 KiB of stack */
typedef struct {
  const sk_slice *slices;
  size_t count;
  uint8_t *control;
  size_t control_length; /* receiving: in, the room; out, the length of what came */
  uint8_t *address;
  uint32_t address_length; /* the same */
  int flags;               /* in, the call's; out of sk_recvmsg, the message's */
} sk_message;
ssize_t sk_recvmsg(int fd, sk_message *message);
ssize_t sk_sendmsg(int fd, const sk_message *message);

/* mmsg.c: many datagrams in one call.
 * 64 × (mmsghdr 64 + iovec 16) = 5 KiB of stack (LP64 Linux), and 64 × 148 = 9 KiB of rows. */
enum { SK_BATCH_MAX = 64, SK_SAME = -1 };
typedef struct {
  int32_t length; /* received: bytes of data; to send: only bind reads it */
  int32_t offset; /* received: where in the memory the data is */
  int32_t flags;  /* received: the message's */
  int32_t address_length; /* to send: 0 for none, SK_SAME for the address of the row before */
  int32_t control_length; /* to send: SK_SAME for the control messages of the row before */
  uint8_t address[SK_ADDRESS_MAX];
} sk_datagram;
typedef struct {
  sk_datagram *rows;
  int count;
  uint8_t *memory; /* `count` slots of sk_batch_slot(size) bytes */
  size_t size;
  uint8_t *control; /* `count` times `room` bytes */
  size_t room;
  bool stays; /* each datagram stays in its slot; else they are moved next to each other */
} sk_batch;
size_t sk_batch_slot(size_t size);
/* Receives one datagram, for which it may wait, and all others that are there already. */
int sk_recvmmsg(int fd, const sk_batch *batch, int flags);
/* `control` holds the rows' control messages, one after the other. Returns how many messages were
 * sent; the row of the last one then has how many bytes: on a stream they may be a part of it. */
int sk_sendmmsg(int fd, sk_datagram *rows, const sk_slice *slices, int count, uint8_t *control,
                int flags);

/* A read or a send that is made together with others, at most SK_CALLS_MAX. None of them waits. */
enum { SK_CALLS_MAX = 64, SK_NOT_MADE = INT32_MIN + 1 };
typedef struct {
  int fd;
  bool sends; /* else it receives */
  int flags;
  const sk_slice *slices;
  size_t count;
  uint8_t *address; /* or NULL */
  uint32_t address_length; /* receiving: in, the room; out, the length of what came */
  int32_t rc; /* as from sk_sendto or sk_recvfrom; SK_NOT_MADE: it has to be made by itself */
  bool stopped; /* as from sk_recv_unix */
} sk_call;

/* mmsg.c */
/* Makes `count` calls that all send or all receive messages on one descriptor, with the flags of
 * the first, and stops at one that cannot be made. The very first keeps its error. A later send
 * loses its own: it and those after it are SK_NOT_MADE. A later read gets EAGAIN: the kernel
 * keeps its error for the next call, and epoll reports it like any other. */
void sk_mmsg_make(sk_call *calls, int count);

/* ring.c: many calls in one system call, where the kernel has io_uring and allows it. They are made
 * in their order, and all have been made when sk_ring_make returns. */
typedef struct sk_ring sk_ring;
int sk_ring_create(sk_ring **ring);
void sk_ring_destroy(sk_ring *ring);
/* False: the ring cannot be used any more. */
bool sk_ring_make(sk_ring *ring, sk_call *calls, int count);

/* sendfile.c: from `offset` of the file; the file's own position stays where it is. */
ssize_t sk_sendfile(int fd, int file, int64_t offset, size_t count);

/* option.c: `length` is in and out, as in getsockopt(2). */
int sk_getsockopt(int fd, int level, int name, void *value, uint32_t *length);
int sk_setsockopt(int fd, int level, int name, const void *value, uint32_t length);
/* `program` is `length` bytes of struct sock_filter; -EINVAL if the last is incomplete, or if there
 * are too many. */
int sk_setsockopt_filter(int fd, int level, int name, uint8_t *program, uint32_t length);

/* wait.c: waits with poll(2); returns the ready events, or 0 when time is up. -1 ms: no limit.
 * `linger` may be NULL. */
int sk_poll(int fd, int events, int64_t timeout_ms, sk_linger *linger);
bool sk_is_main_thread(void);
/* CLOCK_MONOTONIC. */
int64_t sk_now_us(void);

/* poller_linux.c: the descriptors that are waited for, each known by a slot and a generation. */
typedef struct {
  int32_t slot;
  int32_t generation;
  int32_t events;
} sk_ready;
int sk_poller_create(void);
int sk_poller_add(int poller, int fd, int32_t slot, int32_t generation, bool writes);
/* `level`: level-triggered, so that each wait reports it as long as there is something to read. */
int sk_poller_modify(int poller, int fd, int32_t slot, int32_t generation, bool writes, bool level);
int sk_poller_remove(int poller, int fd);
int sk_poller_wait(int poller, sk_ready *ready, int capacity);
/* What a wait writes for a descriptor that there is something to read from. */
sk_ready sk_poller_readable(int32_t slot, int32_t generation);
bool sk_poller_is_readable(int32_t events);

/* resolve.c: what a resolver function found. `eai` is 0 or its EAI_* code, `error` the errno that
 * EAI_SYSTEM stands for; `bytes` is malloc'd, for the caller to free, and NULL on failure. */
typedef struct {
  int eai;
  int error;
  uint8_t *bytes;
  size_t length;
} sk_answer;
/* Rows, one after the other: int32 family, type, protocol, length of the address, length of
 * the canonical name; then the address and the name, padded with zeros to a multiple of 4. */
sk_answer sk_getaddrinfo(const char *host, const char *service, const int32_t hints[4]);
/* The host, a zero byte, the service, a zero byte. */
sk_answer sk_getnameinfo(const uint8_t *address, uint32_t length, int flags);
/* The name, its aliases, an empty text, its addresses as text: a zero byte ends each. */
sk_answer sk_gethostbyname(const char *name);
sk_answer sk_gethostbyaddr(const uint8_t *address, uint32_t length); /* 4 or 16 bytes */

/* interface.c: names are at most SK_INTERFACE_MAX - 1 bytes and a NUL. */
enum { SK_INTERFACE_MAX = 16 };
int sk_if_nametoindex(const char *name);
int sk_if_indextoname(uint32_t index, char name[SK_INTERFACE_MAX]);
typedef struct {
  uint32_t index;
  char name[SK_INTERFACE_MAX];
} sk_interface;
int sk_if_nameindex(sk_interface **rows); /* how many; the caller frees `rows` */

/* names.c */
enum { SK_INET_TEXT_MAX = 46, SK_SERVICE_MAX = 256 };
size_t sk_inet_size(int family); /* 4, 16, or 0 for a family that has no such text */
int sk_inet_pton(int family, const char *text, uint8_t *bytes);
int sk_inet_ntop(int family, const uint8_t *bytes, char *text, uint32_t size);
int sk_inet_aton(const char *text, uint8_t bytes[4]);
int sk_sethostname(const char *name);
/* A port, a protocol's number or the length of a name; -ENOENT if the table has no such row. */
int sk_getservbyname(const char *name, const char *protocol);
int sk_getservbyport(int port, const char *protocol, char name[SK_SERVICE_MAX]);
int sk_getprotobyname(const char *name);

#endif
