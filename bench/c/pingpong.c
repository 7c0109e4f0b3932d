/* The reference blocking client: send, recv, and again. */
#include "common.h"

#include <stdio.h>

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  char *message = make_message(options.size);
  int fd = connect_to(&options);
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    send_all(fd, message, options.size);
    recv_exactly(fd, message, options.size);
    meter.ops++;
  }
  meter_report(&meter, "");
  return 0;
}
