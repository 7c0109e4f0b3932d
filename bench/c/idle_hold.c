/* Opens --conns connections and holds them, idle. On each, one message is sent and its echo read
 * back, so that the server has accepted it and waits in its recv again. Reports the resident memory
 * of the watched process before and, once it has settled, after. */
#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* By default a source address has 28,232 ephemeral ports to one destination: so use another address
 * after every 20,000. */
enum { CONNS_PER_SOURCE = 20000 };

static int connect_from(const char *address, int number) {
  const char *colon = strrchr(address, ':');
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(number / CONNS_PER_SOURCE));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons((uint16_t)atoi(colon ? colon + 1 : "0"));
  if (fd < 0) die("socket");
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
  if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0) die("bind");
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
  return fd;
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  raise_descriptor_limit();
  /* First a connection comes and goes: what the server loads for its first one is not to be
   * counted. */
  char *message = calloc(1, options.size);
  int first = connect_from(options.address, 0);
  send_all(first, message, options.size);
  recv_exactly(first, message, options.size);
  close(first);
  sleep(1);
  long before = process_memory_kib(options.watch, "VmRSS:");
  for (int i = 0; i < options.conns; i++) {
    int fd = connect_from(options.address, i);
    send_all(fd, message, options.size);
    recv_exactly(fd, message, options.size);
  }
  meter_init(&meter, &options);
  while (meter_running(&meter)) usleep(10000); /* the window only gives time to settle */
  long after = process_memory_kib(options.watch, "VmRSS:");
  char extra[128];
  snprintf(extra, sizeof extra, ",\"beforeKiB\":%ld,\"afterKiB\":%ld,\"conns\":%d", before, after,
           options.conns);
  meter_report(&meter, extra);
  return 0;
}
