/* Connects, waits for the server to close, and closes, with --conns connections open at a time. A
 * blocking connect on loopback returns without sleeping; what keeps the backlog from overflowing is
 * the wait for the end of the oldest connection. Even so this side does the more expensive half of
 * the work (the whole handshake runs in its connect), so look at how busy the server was. */
#include "common.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  char byte;
  parse_options(argc, argv, &options);
  int *ring = calloc((size_t)options.conns, sizeof *ring);
  meter_init(&meter, &options);
  for (int i = 0; i < options.conns; i++) ring[i] = connect_to(&options);
  for (int i = 0; meter_running(&meter); i = (i + 1) % options.conns) {
    if (recv(ring[i], &byte, 1, 0) != 0) die("accept_load: no end of stream");
    close(ring[i]);
    meter.ops++;
    ring[i] = connect_to(&options);
  }
  meter_report(&meter, "");
  return 0;
}
