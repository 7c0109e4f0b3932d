/* Connects, waits for the server to close, closes: --conns of them open at a time, in a ring. A
 * blocking connect on loopback returns without sleeping, and the wait for the oldest one's end is
 * what keeps the backlog from overflowing. Even so this side has the dearer half of the work (the
 * whole handshake runs in its connect): look at how busy the server was. */
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
