/* The closed-loop load generator for Unix datagrams: --conns sockets, each bound beside the
 * server's path, each with one message on its way. At most 10 of them wait unread at a receiver
 * (net.unix.max_dgram_qlen), so more sockets than that measure the kernel's queueing. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { EVENTS = 64, BUFFER = 65536 };

static int open_client(const char *server, int number) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int room = (int)sizeof address.sun_path;
  if (snprintf(address.sun_path, sizeof address.sun_path, "%s.%d", server, number) >= room)
    die("path too long");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  snprintf(address.sun_path, sizeof address.sun_path, "%s", server);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  return fd;
}

int main(int argc, char **argv) {
  static char buffer[BUFFER];
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  if (options.size > BUFFER) die("--size");
  const char *message = make_message(options.size);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < options.conns; i++) {
    int fd = open_client(options.address, i);
    send_all(fd, message, options.size);
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n != (ssize_t)options.size || memcmp(message, buffer, options.size) != 0) {
      fprintf(stderr, "dgram_load: the echo differs from the message\n");
      return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
    send_all(fd, message, options.size);
  }
  meter_init(&meter, &options);
  struct epoll_event events[EVENTS];
  while (meter_running(&meter)) {
    int ready = epoll_wait(epoll, events, EVENTS, 100);
    for (int i = 0; i < ready; i++) {
      ssize_t n = recv(events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) continue;
      if (n != (ssize_t)options.size) die("dgram_load: recv");
      meter.ops++;
      send_all(events[i].data.fd, message, options.size);
    }
  }
  meter_report(&meter, "");
  return 0;
}
