/* What several tests of native/sys share. */
#ifndef BERKELEY_TEST_SUPPORT_H
#define BERKELEY_TEST_SUPPORT_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "sys.h"
#include "tap.h"

/* Skips the test if system calls are emulated: an emulator may treat an argument differently. */
void needs_a_kernel(void);

/* A connected pair of Unix sockets, blocking. */
typedef struct {
  int near, far;
} pair;
pair unix_pair(int type);
void close_pair(pair both);

/* A TCP listener on a free port of loopback, and its address. */
typedef struct {
  int fd;
  uint8_t address[SK_ADDRESS_MAX];
  uint32_t length;
} listener;
listener tcp_listener(int backlog);
int tcp_client(const listener *to);
/* A UDP socket on a free port of loopback, which is in `address`. */
int bound_datagram_socket(struct sockaddr_in *address);

/* A call of one slice. The slice lasts until 1,024 more have been made. */
sk_call call_of(int fd, bool sends, const void *data, size_t length);

/* From now on SIGALRM comes every 2 ms, with a handler that does not restart system calls. The
 * signal number `count` also runs `act`, which may only do what a signal handler may. So a call
 * is interrupted `count` times before what it waits for happens. */
void interrupt(int count, void (*act)(void));
int interruptions(void);
void stop_interrupting(void);

#endif
