/* The closed-loop load generator: each connection sends a message, waits for all of it to come
 * back, sends the next; with --flight N, the next one leaves on the connection whose turn it is, and
 * N are on their way in all. Connections are opened one after another, and each echoes a message at
 * once: no backlog overflows, and the server is known to work before the clock starts. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { EVENTS = 512, BUFFER = 65536 };

int main(int argc, char **argv) {
  static char buffer[BUFFER];
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  if (options.size > BUFFER) die("--size");
  raise_descriptor_limit();
  const char *message = make_message(options.size);

  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int *fds = calloc((size_t)options.conns, sizeof *fds);
  size_t *missing = calloc((size_t)options.conns, sizeof *missing);
  for (int i = 0; i < options.conns; i++) {
    fds[i] = connect_to(&options);
    set_nodelay(fds[i]);
    send_all(fds[i], message, options.size);
    recv_exactly(fds[i], buffer, options.size);
    if (memcmp(message, buffer, options.size) != 0) {
      fprintf(stderr, "load: the echo differs from the message\n");
      return 1;
    }
    set_nonblocking(fds[i]);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) != 0) die("epoll_ctl");
  }

  const bool in_turn = options.flight > 0 && options.flight < options.conns;
  const int flight = in_turn ? options.flight : options.conns;
  uint32_t turn = (uint32_t)flight;
  meter_init(&meter, &options);
  for (int i = 0; i < flight; i++) {
    missing[i] = options.size;
    send_all(fds[i], message, options.size);
  }
  struct epoll_event events[EVENTS];
  while (meter_running(&meter)) {
    int ready = epoll_wait(epoll, events, EVENTS, 100);
    for (int e = 0; e < ready; e++) {
      uint32_t i = events[e].data.u32;
      ssize_t n = recv(fds[i], buffer, sizeof buffer, 0);
      if (n < 0 && errno == EAGAIN) continue;
      if (n <= 0) die("load: the server closed a connection");
      meter.bytes += (uint64_t)n;
      missing[i] -= (size_t)n;
      if (missing[i] > 0) continue;
      meter.ops++;
      if (in_turn) {
        do i = turn++ % (uint32_t)options.conns;
        while (missing[i] > 0);
      }
      missing[i] = options.size;
      send_all(fds[i], message, options.size);
    }
  }
  meter_report(&meter, "");
  return 0;
}
