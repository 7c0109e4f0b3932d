/* Sockets, for every program of the benchmark. */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t parse_address(const char *text, struct sockaddr_storage *out) {
  memset(out, 0, sizeof *out);
  const char *colon = strrchr(text, ':');
  if (text[0] == '/' || text[0] == '@') {
    struct sockaddr_un *sun = (struct sockaddr_un *)out;
    size_t length = strlen(text);
    if (length >= sizeof sun->sun_path) die("path too long");
    sun->sun_family = AF_UNIX;
    memcpy(sun->sun_path, text, length);
    if (text[0] == '@') sun->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (text[0] == '/'));
  }
  struct sockaddr_in *sin = (struct sockaddr_in *)out;
  char host[64] = "";
  if (!colon || (size_t)(colon - text) >= sizeof host) die("address: HOST:PORT, /path or @name");
  memcpy(host, text, (size_t)(colon - text));
  sin->sin_family = AF_INET;
  sin->sin_port = htons((uint16_t)atoi(colon + 1));
  if (inet_pton(AF_INET, host, &sin->sin_addr) != 1) die("address: not IPv4");
  return sizeof *sin;
}

/* A protocol number for experiments (RFC 3692). */
enum { RAW_PROTOCOL = 253 };

static int make_socket(const struct options *options, int type, struct sockaddr_storage *address,
                       socklen_t *length) {
  *length = parse_address(options->address, address);
  int fd = socket(address->ss_family, type | SOCK_CLOEXEC, type == SOCK_RAW ? RAW_PROTOCOL : 0);
  if (fd < 0) die("socket");
  return fd;
}

void print_ready(int fd) {
  struct sockaddr_in sin = {0};
  socklen_t length = sizeof sin;
  getsockname(fd, (struct sockaddr *)&sin, &length);
  printf("ready %d\n", sin.sin_family == AF_INET ? ntohs(sin.sin_port) : 0);
  fflush(stdout);
}

int listen_on(const struct options *options) {
  struct sockaddr_storage address;
  socklen_t length;
  int fd = make_socket(options, options->type, &address, &length);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (bind(fd, (struct sockaddr *)&address, length) != 0) die("bind");
  if (listen(fd, 512) != 0) die("listen");
  print_ready(fd);
  return fd;
}

int connect_to(const struct options *options) {
  struct sockaddr_storage address;
  socklen_t length;
  int fd = make_socket(options, options->type, &address, &length);
  if (connect(fd, (struct sockaddr *)&address, length) != 0) die("connect");
  return fd;
}

int unix_datagram_connect(const struct options *options, int number) {
  struct sockaddr_storage address;
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  socklen_t length;
  const int fd = make_socket(options, SOCK_DGRAM, &address, &length);
  const int room = (int)sizeof name.sun_path;
  if (snprintf(name.sun_path, sizeof name.sun_path, "%s.%d", options->address, number) >= room) {
    die("path too long");
  }
  if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0) die("bind");
  if (connect(fd, (struct sockaddr *)&address, length) != 0) die("connect");
  return fd;
}

static int datagram_type(const struct options *options) {
  return options->type == SOCK_RAW ? SOCK_RAW : SOCK_DGRAM;
}

int udp_bind(const struct options *options) {
  struct sockaddr_storage address;
  socklen_t length;
  int fd = make_socket(options, datagram_type(options), &address, &length);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4 << 20}, sizeof(int));
  if (bind(fd, (struct sockaddr *)&address, length) != 0) die("bind");
  print_ready(fd);
  return fd;
}

int udp_connect(const struct options *options) {
  struct sockaddr_storage address;
  socklen_t length;
  int fd = make_socket(options, datagram_type(options), &address, &length);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){4 << 20}, sizeof(int));
  if (connect(fd, (struct sockaddr *)&address, length) != 0) die("connect");
  return fd;
}

void set_nodelay(int fd) { /* Unix sockets refuse it, and do not need it */
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

void set_nonblocking(int fd) {
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) die("fcntl");
}

void send_all(int fd, const void *data, size_t size) {
  const char *at = data;
  while (size > 0) {
    ssize_t n = send(fd, at, size, 0);
    if (n < 0 && errno == EAGAIN) {
      poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
      continue;
    }
    if (n < 0) die("send");
    at += n;
    size -= (size_t)n;
  }
}

static void make_together(sk_ring *ring, sk_call *calls, int count) {
  for (int i = 0; i < count; i++) calls[i].rc = SK_NOT_MADE;
  if (ring != NULL && count > 1 && !sk_ring_make(ring, calls, count)) die("io_uring");
}

void send_together(sk_ring *ring, sk_call *calls, int count) {
  make_together(ring, calls, count);
  for (int i = 0; i < count; i++) {
    const sk_slice *bytes = calls[i].slices;
    const size_t sent = calls[i].rc < 0 ? 0 : (size_t)calls[i].rc;
    send_all(calls[i].fd, bytes->data + sent, bytes->length - sent);
  }
}

void receive_together(sk_ring *ring, sk_call *calls, int count) {
  make_together(ring, calls, count);
  for (int i = 0; i < count; i++) {
    const sk_slice *bytes = calls[i].slices;
    if (calls[i].rc != SK_NOT_MADE) continue;
    const ssize_t n = recv(calls[i].fd, bytes->data, bytes->length, 0);
    calls[i].rc = (int32_t)(n < 0 ? -errno : n);
  }
}

void recv_exactly(int fd, void *data, size_t size) {
  char *at = data;
  while (size > 0) {
    ssize_t n = recv(fd, at, size, 0);
    if (n <= 0) die("recv");
    at += n;
    size -= (size_t)n;
  }
}

void raise_descriptor_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}
