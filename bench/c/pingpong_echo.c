/* The other side of a measured blocking client: a blocking echo server for one connection. */
#include "common.h"

#include <errno.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
  static char buffer[65536];
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  int listener = listen_on(&options);
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) die("accept4");
  meter_init(&meter, &options); /* the peer has started */
  set_nodelay(fd);
  while (meter_running(&meter)) {
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) die("recv");
    send_all(fd, buffer, (size_t)n);
    meter.ops++;
  }
  meter_report(&meter, "");
  return 0;
}
