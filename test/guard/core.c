/* core OPERATION ROUNDS: fixed work for native/sys, whose instructions callgrind counts. Only what is
 * in a function named `measured_*` is counted; a round is COUNT messages.
 *   echo     sk_poller_wait, then sk_recv and sk_send on each of COUNT sockets
 *   address  sk_recvfrom and sk_sendto on one socket, COUNT times
 *   batch    sk_sendmmsg and sk_recvmmsg, COUNT datagrams per call */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sys.h"

enum { COUNT = 50, BYTES = 64 };

static char message[BYTES];

static void expect(long got, long wanted, const char *what) {
  if (got == wanted) return;
  fprintf(stderr, "core: %s gave %ld, not %ld\n", what, got, wanted);
  exit(1);
}

__attribute__((noinline)) int measured_echo(int poller, const int *fds, sk_ready *ready) {
  char buffer[4096];
  const int count = sk_poller_wait(poller, ready, COUNT);
  for (int i = 0; i < count; i++) {
    const int fd = fds[ready[i].slot];
    const ssize_t n = sk_recv(fd, buffer, sizeof buffer, 0, NULL);
    expect(sk_send(fd, buffer, (size_t)n, 0), BYTES, "sk_send");
  }
  return count;
}

static void echo(long rounds) {
  int ours[COUNT], theirs[COUNT];
  sk_ready ready[COUNT];
  const int poller = sk_poller_create();
  for (int i = 0; i < COUNT; i++) {
    int pair[2];
    expect(sk_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0, "sk_socketpair");
    ours[i] = pair[0];
    theirs[i] = pair[1];
    expect(sk_set_nonblock(ours[i], true), 0, "sk_set_nonblock");
    expect(sk_poller_add(poller, ours[i], i, 0, false), 0, "sk_poller_add");
  }
  for (long round = 0; round < rounds; round++) {
    for (int i = 0; i < COUNT; i++) expect(send(theirs[i], message, BYTES, 0), BYTES, "send");
    expect(measured_echo(poller, ours, ready), COUNT, "measured_echo");
    for (int i = 0; i < COUNT; i++) expect(recv(theirs[i], message, BYTES, 0), BYTES, "recv");
  }
}

/* Two UDP sockets: the first sends to the second. */
static void datagram_pair(int fds[2], struct sockaddr_in *to) {
  *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  uint32_t length = sizeof *to;
  for (int i = 0; i < 2; i++) fds[i] = sk_socket(AF_INET, SOCK_DGRAM, 0);
  expect(sk_bind(fds[1], (uint8_t *)to, length), 0, "sk_bind");
  expect(sk_getsockname(fds[1], (uint8_t *)to, &length), 0, "sk_getsockname");
}

__attribute__((noinline)) void measured_address(const int fds[2], const struct sockaddr_in *to) {
  char buffer[4096];
  uint8_t from[SK_ADDRESS_MAX];
  for (int i = 0; i < COUNT; i++) {
    uint32_t length = sizeof from;
    expect(sk_sendto(fds[0], message, BYTES, 0, (const uint8_t *)to, sizeof *to), BYTES, "sk_sendto");
    expect(sk_recvfrom(fds[1], buffer, sizeof buffer, 0, NULL, from, &length), BYTES, "sk_recvfrom");
  }
}

static void address(long rounds) {
  int fds[2];
  struct sockaddr_in to;
  datagram_pair(fds, &to);
  for (long round = 0; round < rounds; round++) measured_address(fds, &to);
}

__attribute__((noinline)) int measured_batch(const int fds[2], sk_datagram *rows,
                                             const sk_slice *slices, const sk_batch *batch) {
  expect(sk_sendmmsg(fds[0], rows, slices, COUNT, NULL, 0), COUNT, "sk_sendmmsg");
  return sk_recvmmsg(fds[1], batch, 0);
}

static void batch(long rounds) {
  int fds[2];
  struct sockaddr_in to;
  static sk_datagram out[COUNT], in[COUNT];
  static uint8_t memory[COUNT * BYTES];
  sk_slice slices[COUNT];
  datagram_pair(fds, &to);
  for (int i = 0; i < COUNT; i++) {
    slices[i] = (sk_slice){(uint8_t *)message, BYTES};
    out[i].address_length = i == 0 ? (int32_t)sizeof to : SK_SAME;
  }
  memcpy(out[0].address, &to, sizeof to);
  for (long round = 0; round < rounds; round++) {
    const sk_batch room = {.rows = in, .count = COUNT, .memory = memory, .size = BYTES};
    expect(measured_batch(fds, out, slices, &room), COUNT, "sk_recvmmsg");
  }
}

int main(int argc, char **argv) {
  const long rounds = argc == 3 ? atol(argv[2]) : 0;
  const char *operation = argc == 3 ? argv[1] : "";
  if (strcmp(operation, "echo") == 0) echo(rounds);
  else if (strcmp(operation, "address") == 0) address(rounds);
  else if (strcmp(operation, "batch") == 0) batch(rounds);
  else {
    fprintf(stderr, "usage: core echo|address|batch ROUNDS\n");
    return 2;
  }
  return 0;
}
