#include "support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

void needs_a_kernel(void) {
  if (getenv("SYSCALLS_EMULATED") != NULL) tap_skip("system calls are emulated");
}

pair unix_pair(int type) {
  int fds[2];
  EQUAL(sk_socketpair(AF_UNIX, type, 0, fds), 0);
  return (pair){fds[0], fds[1]};
}

void close_pair(pair both) {
  EQUAL(sk_close(both.near), 0);
  EQUAL(sk_close(both.far), 0);
}

listener tcp_listener(int backlog) {
  listener made = {.fd = sk_socket(AF_INET, SOCK_STREAM, 0)};
  const struct sockaddr_in any_port = {.sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  CHECK(made.fd >= 0);
  EQUAL(sk_bind(made.fd, (const uint8_t *)&any_port, sizeof any_port), 0);
  EQUAL(sk_listen(made.fd, backlog), 0);
  EQUAL(sk_getsockname(made.fd, made.address, &made.length), 0);
  EQUAL(made.length, sizeof any_port);
  return made;
}

int tcp_client(const listener *to) {
  const int fd = sk_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fd >= 0);
  EQUAL(sk_connect(fd, to->address, to->length), 0);
  return fd;
}

int bound_datagram_socket(struct sockaddr_in *address) {
  uint32_t length;
  uint8_t name[SK_ADDRESS_MAX];
  const int fd = sk_socket(AF_INET, SOCK_DGRAM, 0);
  *address = (struct sockaddr_in){.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  EQUAL(sk_bind(fd, (const uint8_t *)address, sizeof *address), 0);
  EQUAL(sk_getsockname(fd, name, &length), 0);
  memcpy(address, name, sizeof *address);
  return fd;
}

sk_call call_of(int fd, bool sends, const void *data, size_t length) {
  static sk_slice slices[1024];
  static size_t made;
  sk_slice *slice = &slices[made++ % 1024];
  *slice = (sk_slice){.data = (uint8_t *)data, .length = length};
  return (sk_call){.fd = fd, .sends = sends, .slices = slice, .count = 1};
}

static volatile sig_atomic_t signals, act_at;
static void (*volatile act_then)(void);

static void on_alarm(int signal) {
  (void)signal;
  if (++signals == act_at) act_then();
}

static void every_ms(int ms) {
  const struct itimerval timer = {{0, ms * 1000}, {0, ms * 1000}};
  EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

void interrupt(int count, void (*act)(void)) {
  signals = 0;
  act_at = count;
  act_then = act;
  EQUAL(sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL), 0);
  every_ms(2);
}

int interruptions(void) { return signals; }

void stop_interrupting(void) { every_ms(0); }
