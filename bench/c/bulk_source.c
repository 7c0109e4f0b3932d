/* Connects and sends without end, --size bytes per call: the reference sender and, with --watch,
 * the other side of a measured receiver. In that role it sends from the page cache (sendfile of
 * a memory file copies nothing), so that the receiver is the slow side. */
#include "common.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  char *message = make_message(options.size);
  int file = memfd_create("message", MFD_CLOEXEC);
  if (file < 0 || write(file, message, options.size) != (ssize_t)options.size) die("memfd");
  int fd = connect_to(&options);
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    off_t offset = 0;
    ssize_t n = meter.watch ? sendfile(fd, file, &offset, options.size)
                            : send(fd, message, options.size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("send");
    meter.bytes += (uint64_t)n;
    meter.ops++;
  }
  meter_report(&meter, "");
  return 0;
}
