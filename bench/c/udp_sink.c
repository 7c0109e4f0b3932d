/* Receives datagrams: one per call, --batch N per call of recvmmsg, --gso 1 with UDP_GRO. The
 * reference receiver and, with --watch, the other side of a measured sender. In that role its
 * ops are the datagrams that the sender sent: those that came, and those that the kernel dropped
 * because this queue was full. */
#include "common.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { BATCH_MAX = 1024, BUFFER = 65536 };

static int sink;
static uint64_t received;

static void count(struct meter *meter) {
  uint32_t memory[SK_MEMINFO_VARS] = {0};
  socklen_t length = sizeof memory;
  getsockopt(sink, SOL_SOCKET, SO_MEMINFO, memory, &length);
  meter->ops = received + (meter->watch ? memory[SK_MEMINFO_DROPS] : 0);
}

static uint64_t datagrams_in(struct msghdr *message, size_t bytes) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO) continue;
    size_t segment = (size_t)*(int *)CMSG_DATA(c);
    return (bytes + segment - 1) / segment;
  }
  return 1;
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  if (options.batch < 1 || options.batch > BATCH_MAX) die("--batch");
  sink = udp_bind(&options);
  if (options.gso && setsockopt(sink, IPPROTO_UDP, UDP_GRO, &(int){1}, sizeof(int)) != 0)
    die("UDP_GRO");

  size_t room = options.gso ? BUFFER : 2048;
  static struct mmsghdr messages[BATCH_MAX];
  static struct iovec iovecs[BATCH_MAX];
  static char control[BATCH_MAX][64];
  static struct sockaddr_in from[BATCH_MAX];
  char *buffers = malloc((size_t)options.batch * room);
  for (int i = 0; i < options.batch; i++) {
    iovecs[i] = (struct iovec){buffers + (size_t)i * room, room};
    messages[i].msg_hdr =
        (struct msghdr){.msg_iov = &iovecs[i], .msg_iovlen = 1, .msg_name = &from[i]};
  }

  meter_on_open = meter_on_close = count;
  recv(sink, buffers, room, MSG_PEEK); /* the peer has started */
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    if (options.batch == 1 && !options.gso) {
      socklen_t length = sizeof from[0];
      ssize_t n = recvfrom(sink, buffers, room, 0, (struct sockaddr *)&from[0], &length);
      if (n < 0 && errno != EINTR) die("recvfrom");
      if (n >= 0) received++;
      continue;
    }
    for (int i = 0; i < options.batch; i++) {
      messages[i].msg_hdr.msg_namelen = sizeof from[0];
      messages[i].msg_hdr.msg_control = options.gso ? control[i] : NULL;
      messages[i].msg_hdr.msg_controllen = options.gso ? sizeof control[0] : 0;
    }
    int got = recvmmsg(sink, messages, (unsigned)options.batch, MSG_WAITFORONE, NULL);
    if (got < 0 && errno != EINTR) die("recvmmsg");
    for (int i = 0; i < got; i++)
      received += datagrams_in(&messages[i].msg_hdr, messages[i].msg_len);
  }
  meter_report(&meter, "");
  return 0;
}
