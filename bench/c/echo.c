/* The reference echo server: one level-triggered epoll loop, with one recv and one send per
 * message. With --batch 64, io_uring makes up to 64 recvs in one call, and then the sends in
 * another. For TCP, Unix streams and Unix seqpacket. Also the reference for idle connections and
 * for latency. */
#include "common.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 65536 };

static void accept_all(int epoll, int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) die("accept4");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }
}

static void echo_one(struct meter *meter, int fd) {
  static char buffer[BUFFER];
  ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    close(fd);
    return;
  }
  send_all(fd, buffer, (size_t)n);
  meter->ops++;
}

static void echo_together(struct meter *meter, sk_ring *ring, const int *fds, int count) {
  static uint8_t buffers[SK_CALLS_MAX][BUFFER];
  sk_call calls[SK_CALLS_MAX];
  sk_slice slices[SK_CALLS_MAX];
  for (int i = 0; i < count; i++) {
    slices[i] = (sk_slice){buffers[i], BUFFER};
    calls[i] = (sk_call){.fd = fds[i], .slices = &slices[i], .count = 1};
  }
  receive_together(ring, calls, count);
  int sends = 0;
  for (int i = 0; i < count; i++) {
    const int32_t n = calls[i].rc;
    if (n == -EAGAIN) continue;
    if (n <= 0) {
      close(fds[i]);
      continue;
    }
    slices[i].length = (size_t)n;
    calls[sends++] = (sk_call){.fd = fds[i], .sends = true, .slices = &slices[i], .count = 1};
  }
  send_together(ring, calls, sends);
  meter->ops += (uint64_t)sends;
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  raise_descriptor_limit();
  int listener = listen_on(&options);
  set_nodelay(listener); /* accepted sockets inherit it */
  set_nonblocking(listener);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event listening = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening) != 0) die("epoll_ctl");
  sk_ring *ring = NULL;
  if (options.batch > 1 && sk_ring_create(&ring) != 0) die("io_uring_setup");
  meter_init(&meter, &options);

  struct epoll_event events[EVENTS];
  while (meter_running(&meter)) {
    int ready = epoll_wait(epoll, events, EVENTS, -1);
    int fds[SK_CALLS_MAX], count = 0;
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) accept_all(epoll, listener);
      else if (ring == NULL) echo_one(&meter, fd);
      else fds[count++] = fd;
      if (count == SK_CALLS_MAX || (count > 0 && i == ready - 1)) {
        echo_together(&meter, ring, fds, count);
        count = 0;
      }
    }
  }
  meter_report(&meter, "");
  return 0;
}
