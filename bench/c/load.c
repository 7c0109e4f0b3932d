/* The closed-loop load generator: each connection sends a message, waits until all of it has
 * come back, and sends the next. With --flight N the connections take turns instead, and N
 * messages are on their way in all. Connections are opened one after another, and each has a
 * message echoed at once: so no backlog overflows, and the server is known to work before the
 * clock starts. If the kernel has io_uring, all that is ready is received in one call and
 * answered in another, since the server is to be the slow side. At most 10 Unix datagrams wait
 * unread at a receiver (net.unix.max_dgram_qlen): to use more connections than that is to
 * measure the kernel's queueing. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { EVENTS = 512, BUFFER = 65536 };

struct load {
  const struct options *options;
  const char *message;
  int *fds;
  size_t *missing; /* for each connection, how many bytes of the echo are still to come */
  bool in_turn;
  uint32_t turn;
  sk_ring *ring; /* NULL: there is none */
  struct meter meter;
};

static int open_connection(const struct options *options, int number) {
  if (options->type == SOCK_DGRAM) return unix_datagram_connect(options, number);
  const int fd = connect_to(options);
  set_nodelay(fd);
  return fd;
}

static void connect_all(struct load *load, int epoll) {
  static char buffer[BUFFER];
  const size_t size = load->options->size;
  for (int i = 0; i < load->options->conns; i++) {
    const int fd = open_connection(load->options, i);
    send_all(fd, load->message, size);
    recv_exactly(fd, buffer, size);
    if (memcmp(load->message, buffer, size) != 0) {
      fprintf(stderr, "load: the echo differs from the message\n");
      exit(1);
    }
    set_nonblocking(fd);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
    load->fds[i] = fd;
  }
}

/* Notes what came on connection `i`. Returns the connection that is to send the next message, or
 * -1. */
static int64_t received(struct load *load, uint32_t i, int32_t rc) {
  if (rc == -EAGAIN) return -1;
  if (rc <= 0) die("load: the server closed a connection");
  load->meter.bytes += (uint64_t)rc;
  load->missing[i] -= (size_t)rc;
  if (load->missing[i] > 0) return -1;
  load->meter.ops++;
  if (load->in_turn) {
    do i = load->turn++ % (uint32_t)load->options->conns;
    while (load->missing[i] > 0);
  }
  load->missing[i] = load->options->size;
  return i;
}

static void exchange(struct load *load, const struct epoll_event *events, int count) {
  static uint8_t buffer[BUFFER];
  const sk_slice into = {buffer, sizeof buffer};
  const sk_slice message = {(uint8_t *)load->message, load->options->size};
  sk_call calls[SK_CALLS_MAX];
  for (int e = 0; e < count; e++) {
    calls[e] = (sk_call){.fd = load->fds[events[e].data.u32], .slices = &into, .count = 1};
  }
  receive_together(load->ring, calls, count);
  int sends = 0;
  for (int e = 0; e < count; e++) {
    const int64_t next = received(load, events[e].data.u32, calls[e].rc);
    if (next < 0) continue;
    calls[sends++] = (sk_call){.fd = load->fds[next], .sends = true, .slices = &message, .count = 1};
  }
  send_together(load->ring, calls, sends);
}

int main(int argc, char **argv) {
  struct options options;
  parse_options(argc, argv, &options);
  if (options.size > BUFFER) die("--size");
  raise_descriptor_limit();
  struct load load = {
      .options = &options,
      .message = make_message(options.size),
      .fds = calloc((size_t)options.conns, sizeof(int)),
      .missing = calloc((size_t)options.conns, sizeof(size_t)),
      .in_turn = options.flight > 0 && options.flight < options.conns,
  };
  sk_ring_create(&load.ring);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  connect_all(&load, epoll);

  const int flight = load.in_turn ? options.flight : options.conns;
  load.turn = (uint32_t)flight;
  meter_init(&load.meter, &options);
  for (int i = 0; i < flight; i++) {
    load.missing[i] = options.size;
    send_all(load.fds[i], load.message, options.size);
  }
  struct epoll_event events[EVENTS];
  while (meter_running(&load.meter)) {
    const int ready = epoll_wait(epoll, events, EVENTS, 100);
    for (int e = 0; e < ready; e += SK_CALLS_MAX) {
      const int left = ready - e;
      exchange(&load, events + e, left < SK_CALLS_MAX ? left : SK_CALLS_MAX);
    }
  }
  meter_report(&load.meter, "");
  return 0;
}
