/* The POSIX side of berkeley: one function a system call, no JavaScript value in sight.
 *
 * Conventions, for every function here:
 * - the result is what the call gives, or -errno (see sk_ret);
 * - EINTR is retried inside, except by sk_connect, which must not be called twice, and gives it;
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
/* `address` may be NULL: AF_ALG has no names, and accept(2) that asks for one fails there. */
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

/* linger.c: looks for what is waited for a moment longer, before the thread goes to sleep, where that has paid
 * lately. All zeros at first.
 *   if (sk_linger_begin(linger)) do … while (sk_linger_again(linger, found)); */
typedef struct {
  int misses;        /* less what was found */
  int waits_to_pass; /* without a look */
  int credit;        /* left for what comes late */
  int64_t since_us, now_us; /* of the present one; 0 before it looks in vain */
} sk_linger;
bool sk_linger_begin(sk_linger *linger);
bool sk_linger_again(sk_linger *linger, bool found);

/* Slices go to the kernel as they are: a struct iovec each. */
typedef struct {
  uint8_t *data;
  size_t length;
} sk_slice;

/* transfer.c: `linger` (or NULL) is for reads without flags, which is when they may wait. */
ssize_t sk_recv(int fd, void *buffer, size_t size, int flags, sk_linger *linger);
/* What is there: does not wait, in whatever mode the descriptor is. */
ssize_t sk_recv_now(int fd, void *buffer, size_t size);
/* As sk_recv, of a Unix stream: says whether it came with descriptors or credentials, at which such a
 * read stops with more behind. */
ssize_t sk_recv_unix(int fd, void *buffer, size_t size, int flags, bool *stopped);
ssize_t sk_recv_unix_now(int fd, void *buffer, size_t size, bool *stopped);
/* The same into several slices, one behind the other; `stopped` means nothing where it is not a Unix stream. */
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
  size_t control_length; /* received: in the room, out what came */
  uint8_t *address;
  uint32_t address_length; /* the same */
  int flags;               /* of the call; out of sk_recvmsg: of the message */
} sk_message;
ssize_t sk_recvmsg(int fd, sk_message *message);
ssize_t sk_sendmsg(int fd, const sk_message *message);

/* mmsg.c: many datagrams in one call.
 * 64 × (mmsghdr 64 + iovec 16) = 5 KiB of stack (LP64 Linux), and 64 × 148 = 9 KiB of rows. */
enum { SK_BATCH_MAX = 64, SK_SAME = -1 };
typedef struct {
  int32_t length; /* received: bytes of data, and where in the memory they are; sent: bind's */
  int32_t offset;
  int32_t flags; /* received: of the message */
  int32_t address_length; /* sent: 0 for none, SK_SAME for that of the row before */
  int32_t control_length; /* sent: SK_SAME for those of the row before */
  uint8_t address[SK_ADDRESS_MAX];
} sk_datagram;
typedef struct {
  sk_datagram *rows;
  int count;
  uint8_t *memory; /* `count` slots of sk_batch_slot(size) bytes */
  size_t size;
  uint8_t *control; /* `count` times `room` bytes */
  size_t room;
  bool stays; /* what comes stays in its slot; else it moves together */
} sk_batch;
size_t sk_batch_slot(size_t size);
/* At least one datagram, and those that are there already. */
int sk_recvmmsg(int fd, const sk_batch *batch, int flags);
/* `control` holds the rows' control messages, one behind the other. Gives how many were sent; the
 * last one's row has how much of it was, which of a stream's may be a part. */
int sk_sendmmsg(int fd, sk_datagram *rows, const sk_slice *slices, int count, uint8_t *control,
                int flags);

/* A read or a send that is made with others, SK_CALLS_MAX at the most. None of them waits. */
enum { SK_CALLS_MAX = 64, SK_NOT_MADE = INT32_MIN + 1 };
typedef struct {
  int fd;
  bool sends; /* or receives */
  int flags;
  const sk_slice *slices;
  size_t count;
  uint8_t *address; /* or NULL */
  uint32_t address_length; /* received: in the room, out what came */
  int32_t rc; /* as of sk_sendto or sk_recvfrom; SK_NOT_MADE: make it by itself */
  bool stopped; /* as of sk_recv_unix */
} sk_call;

/* mmsg.c */
/* Makes `count` calls that all send or all receive messages of one descriptor, with the flags of the first: up to the first
 * that cannot be made. Where that is a send, but not the very first, its error is lost, and it and those behind it are
 * SK_NOT_MADE. Where it is a read, the next call gets its error, and a poller tells of it as of any. */
void sk_mmsg_make(sk_call *calls, int count);

/* ring.c: many calls in one, where the kernel has io_uring and allows it. All have
 * been made when it is back; in their order. */
typedef struct sk_ring sk_ring;
int sk_ring_create(sk_ring **ring);
void sk_ring_destroy(sk_ring *ring);
/* False: the ring is of no use any more. */
bool sk_ring_make(sk_ring *ring, sk_call *calls, int count);

/* sendfile.c: from `offset` of the file; the file's own position stays where it is. */
ssize_t sk_sendfile(int fd, int file, int64_t offset, size_t count);

/* option.c: `length` is in and out, as in getsockopt(2). */
int sk_getsockopt(int fd, int level, int name, void *value, uint32_t *length);
int sk_setsockopt(int fd, int level, int name, const void *value, uint32_t length);
/* `program` is `length` bytes of struct sock_filter; -EINVAL for a part of one, or too many. */
int sk_setsockopt_filter(int fd, int level, int name, uint8_t *program, uint32_t length);

/* wait.c: waits with poll(2); gives the ready events, or 0 after the time. -1 ms: no limit.
 * `linger` may be NULL. */
int sk_poll(int fd, int events, int64_t timeout_ms, sk_linger *linger);
bool sk_is_main_thread(void);
/* CLOCK_MONOTONIC. */
int64_t sk_now_us(void);

/* poller_linux.c: descriptors that wait, each under a slot and its generation. */
typedef struct {
  int32_t slot;
  int32_t generation;
  int32_t events;
} sk_ready;
int sk_poller_create(void);
int sk_poller_add(int poller, int fd, int32_t slot, int32_t generation, bool writes);
/* `again`: an event comes for as long as there is something to read, and not once. */
int sk_poller_modify(int poller, int fd, int32_t slot, int32_t generation, bool writes, bool again);
int sk_poller_remove(int poller, int fd);
int sk_poller_wait(int poller, sk_ready *ready, int capacity);
/* As a wait tells of a descriptor that there is something to read of. */
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
/* Rows, each behind the other: int32 family, type, protocol, length of the address, length of
 * the canonical name; then the address and the name, padded with zeros to a multiple of 4. */
sk_answer sk_getaddrinfo(const char *host, const char *service, const int32_t hints[4]);
/* The host, a zero byte, the service, a zero byte. */
sk_answer sk_getnameinfo(const uint8_t *address, uint32_t length, int flags);
/* The name, its aliases, nothing, its addresses as text: a zero byte behind each. */
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
int sk_if_nameindex(sk_interface **rows); /* their number; `rows` is for the caller to free */

/* names.c */
enum { SK_INET_TEXT_MAX = 46, SK_SERVICE_MAX = 256 };
size_t sk_inet_size(int family); /* 4, 16, or 0 for a family that has no such text */
int sk_inet_pton(int family, const char *text, uint8_t *bytes);
int sk_inet_ntop(int family, const uint8_t *bytes, char *text, uint32_t size);
int sk_inet_aton(const char *text, uint8_t bytes[4]);
int sk_sethostname(const char *name);
/* A port, a protocol's number or the length of a name; -ENOENT where no row has it. */
int sk_getservbyname(const char *name, const char *protocol);
int sk_getservbyport(int port, const char *protocol, char name[SK_SERVICE_MAX]);
int sk_getprotobyname(const char *name);

#endif
