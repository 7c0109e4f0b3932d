/* The reference echo of Unix datagrams: recvfrom and sendto on one blocking socket. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char buffer[65536];
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX}, from;
  snprintf(address.sun_path, sizeof address.sun_path, "%s", options.address);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  printf("ready 0\n");
  fflush(stdout);
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("recvfrom");
    if (sendto(fd, buffer, (size_t)n, 0, (struct sockaddr *)&from, length) < 0) die("sendto");
    meter.ops++;
  }
  meter_report(&meter, "");
  return 0;
}
