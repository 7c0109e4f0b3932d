/* The reference echo server for Unix datagrams, on one blocking socket: recvfrom and sendto or,
 * with --batch N, recvmmsg and sendmmsg of all that are there. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BATCH_MAX = 64, BUFFER = 65536 };

static char buffers[BATCH_MAX][BUFFER];
static struct sockaddr_un from[BATCH_MAX];

static void echo_one(struct meter *meter, int fd) {
  socklen_t length = sizeof from[0];
  ssize_t n = recvfrom(fd, buffers[0], BUFFER, 0, (struct sockaddr *)&from[0], &length);
  if (n < 0 && errno == EINTR) return;
  if (n < 0) die("recvfrom");
  if (sendto(fd, buffers[0], (size_t)n, 0, (struct sockaddr *)&from[0], length) < 0) die("sendto");
  meter->ops++;
}

static void echo_many(struct meter *meter, int fd, int batch) {
  static struct mmsghdr messages[BATCH_MAX];
  static struct iovec iovecs[BATCH_MAX];
  for (int i = 0; i < batch; i++) {
    iovecs[i] = (struct iovec){buffers[i], BUFFER};
    messages[i].msg_hdr = (struct msghdr){
        .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &iovecs[i], .msg_iovlen = 1};
  }
  int got = recvmmsg(fd, messages, (unsigned)batch, MSG_WAITFORONE, NULL);
  if (got < 0 && errno == EINTR) return;
  if (got < 0) die("recvmmsg");
  for (int i = 0; i < got; i++) iovecs[i].iov_len = messages[i].msg_len;
  for (int sent = 0; sent < got;) {
    int n = sendmmsg(fd, messages + sent, (unsigned)(got - sent), 0);
    if (n < 0) die("sendmmsg");
    sent += n;
  }
  meter->ops += (uint64_t)got;
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  if (options.batch < 1 || options.batch > BATCH_MAX) die("--batch");
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", options.address);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  printf("ready 0\n");
  fflush(stdout);
  meter_init(&meter, &options);
  while (meter_running(&meter)) {
    if (options.batch == 1) echo_one(&meter, fd);
    else echo_many(&meter, fd, options.batch);
  }
  meter_report(&meter, "");
  return 0;
}
