/* Sends datagrams without end: one per call, --batch N per call of sendmmsg, --gso N segments
 * per message (UDP_SEGMENT). The reference sender and, with --watch, the other side of a
 * measured receiver. In that role its ops are what the receiver took: the datagrams sent, less
 * those that the kernel dropped because the receiver's queue was full (the last column of
 * /proc/net/udp). */
#include "common.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { BATCH_MAX = 1024, DATAGRAM_MAX = 65507 };

static unsigned port;
static uint64_t sent, weight;

static uint64_t dropped_at_receiver(void) {
  char line[512];
  uint64_t total = 0;
  FILE *file = fopen("/proc/net/udp", "r");
  if (!file) die("/proc/net/udp");
  while (fgets(line, sizeof line, file)) {
    unsigned local = 0;
    unsigned long long drops = 0;
    /* sl, local and remote address, state, queues, timer, retransmits, uid, timeout, inode, ... */
    int fields = sscanf(line,
                        " %*u: %*x:%x %*x:%*x %*x %*x:%*x %*x:%*x %*x %*u %*u %*u %*d %*s %llu",
                        &local, &drops);
    if (fields == 2 && local == port) total += drops;
  }
  fclose(file);
  return total;
}

static void count(struct meter *meter) {
  meter->ops = sent - (meter->watch ? dropped_at_receiver() * weight : 0);
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  size_t segments = options.gso > 1 ? (size_t)options.gso : 1, size = options.size * segments;
  if (options.batch < 1 || options.batch > BATCH_MAX) die("--batch");
  if (size > DATAGRAM_MAX) die("--size x --gso");
  int fd = udp_connect(&options);
  const char *colon = strrchr(options.address, ':');
  weight = (uint64_t)options.drops;
  port = colon ? (unsigned)atoi(colon + 1) : 0;
  if (segments > 1 &&
      setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &(int){(int)options.size}, sizeof(int)) != 0)
    die("UDP_SEGMENT");

  static struct mmsghdr messages[BATCH_MAX];
  struct iovec iovec = {make_message(size), size};
  for (int i = 0; i < options.batch; i++)
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &iovec, .msg_iovlen = 1};

  meter_on_open = meter_on_close = count;
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    int done = 1;
    if (options.batch == 1) {
      if (send(fd, iovec.iov_base, size, 0) < 0) done = -1;
    } else {
      done = sendmmsg(fd, messages, (unsigned)options.batch, 0);
    }
    if (done < 0 && errno != EINTR && errno != ECONNREFUSED && errno != ENOBUFS) die("send");
    if (done > 0) sent += (uint64_t)done * segments;
  }
  meter_report(&meter, "");
  return 0;
}
