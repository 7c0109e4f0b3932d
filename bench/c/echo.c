/* The reference echo server: one epoll loop, level-triggered, one recv and one send a message.
 * TCP, Unix stream and Unix seqpacket. Also the reference for idle connections and for latency. */
#include "common.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 65536 };

static void accept_all(int epoll, int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) die("accept4");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }
}

int main(int argc, char **argv) {
  static char buffer[BUFFER];
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  raise_descriptor_limit();
  int listener = listen_on(&options);
  set_nodelay(listener); /* what it accepts inherits it */
  set_nonblocking(listener);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event listening = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening) != 0) die("epoll_ctl");
  meter_init(&meter, &options);

  struct epoll_event events[EVENTS];
  while (meter_running(&meter)) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        accept_all(epoll, listener);
        continue;
      }
      ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n < 0 && errno == EAGAIN) continue;
      if (n <= 0) {
        close(fd);
        continue;
      }
      send_all(fd, buffer, (size_t)n);
      meter.ops++;
    }
  }
  meter_report(&meter, "");
  return 0;
}
