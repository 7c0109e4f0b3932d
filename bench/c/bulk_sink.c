/* Accepts one connection and reads all that it is sent, 64 KiB per call: the reference receiver
 * and, with --watch, the other side of a measured sender. In that role it lets the kernel throw
 * the bytes away (MSG_TRUNC copies nothing), so that the sender is the slow side. */
#include "common.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char buffer[65536];
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  int listener = listen_on(&options);
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) die("accept4");
  meter_init(&meter, &options); /* the peer has started */
  int discard = meter.watch && options.address[0] != '/' ? MSG_TRUNC : 0;
  while (meter_running(&meter)) {
    ssize_t n = recv(fd, buffer, sizeof buffer, discard);
    if (n < 0 && errno != EINTR) die("recv");
    if (n == 0) break;
    if (n > 0) meter.bytes += (uint64_t)n;
    meter.ops++;
  }
  meter_report(&meter, "");
  close(fd);
  return 0;
}
