/* The reference for connect, accept, close: accepts all connections that wait, and closes each. */
#include "common.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  int listener = listen_on(&options);
  set_nonblocking(listener);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) die("epoll_ctl");
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
    for (;;) {
      int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && errno == EAGAIN) break;
      if (fd < 0) die("accept4");
      close(fd);
      meter.ops++;
    }
  }
  meter_report(&meter, "");
  return 0;
}
