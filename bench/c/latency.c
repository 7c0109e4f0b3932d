/* The open-loop load generator: messages leave on a fixed schedule, whatever has come back, and
 * carry the time at which they were due. So a stall of the server counts against every message that
 * it held up. The generator spins instead of sleeping, so that its own wake-ups are not measured.
 *
 * While it warms up, the schedule is a fast one that pauses when every connection has a message
 * on its way. So a server with a just-in-time compiler has seen more than ten thousand messages,
 * single and in bursts, before the window opens. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* Buckets of 1/32 of a power of two: each value is known to about 3 %. 40 powers of 1 ns: 18 min. */
enum { EVENTS = 512, BUFFER = 65536, SUB_BITS = 5, SUB = 1 << SUB_BITS, POWERS = 40 };

/* Messages per second. */
enum { WARMUP_RATE = 20000 };

static uint64_t histogram[POWERS * SUB];

static size_t bucket_of(uint64_t ns) {
  if (ns < SUB) return (size_t)ns;
  int power = 63 - __builtin_clzll(ns);
  size_t bucket = (size_t)(power - SUB_BITS + 1) * SUB + ((ns >> (power - SUB_BITS)) & (SUB - 1));
  return bucket < POWERS * SUB ? bucket : POWERS * SUB - 1;
}

static double middle_of(size_t bucket) {
  if (bucket < SUB) return (double)bucket;
  double width = (double)(1ULL << (bucket / SUB - 1));
  return ((double)(SUB + bucket % SUB) + 0.5) * width;
}

static double percentile_us(double percent) {
  uint64_t total = 0, seen = 0;
  for (size_t i = 0; i < POWERS * SUB; i++) total += histogram[i];
  for (size_t i = 0; i < POWERS * SUB; i++) {
    seen += histogram[i];
    if ((double)seen >= (double)total * percent / 100) return middle_of(i) / 1e3;
  }
  return 0;
}

int main(int argc, char **argv) {
  struct options options;
  struct meter meter;
  parse_options(argc, argv, &options);
  if (options.size > BUFFER || options.size < sizeof(double)) die("--size");
  raise_descriptor_limit();

  /* A message may come in pieces, so each connection gathers its own. */
  struct connection {
    int fd;
    size_t have;
    char *message;
  } *conns = calloc((size_t)options.conns, sizeof *conns);
  static char message[BUFFER];
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < options.conns; i++) {
    conns[i].message = malloc(options.size);
    conns[i].fd = connect_to(&options);
    set_nodelay(conns[i].fd);
    send_all(conns[i].fd, message, options.size);
    recv_exactly(conns[i].fd, conns[i].message, options.size);
    set_nonblocking(conns[i].fd);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, conns[i].fd, &event) != 0) die("epoll_ctl");
  }

  meter_init(&meter, &options);
  double due = now();
  int next = 0;
  uint64_t sent = 0;
  bool scheduled = false;
  struct epoll_event events[EVENTS];
  while (meter_running(&meter)) {
    if (meter.open && !scheduled && sent == meter.ops) { /* all of the warm-up is back */
      memset(histogram, 0, sizeof histogram);
      scheduled = true;
      due = now();
    }
    bool may_send = scheduled || (!meter.open && sent - meter.ops < (uint64_t)options.conns);
    while (may_send && due <= now()) {
      memcpy(message, &due, sizeof due);
      send_all(conns[next].fd, message, options.size);
      next = (next + 1) % options.conns;
      sent++;
      due = scheduled ? due + 1 / options.rate : now() + 1.0 / WARMUP_RATE;
    }
    int ready = epoll_wait(epoll, events, EVENTS, 0);
    for (int e = 0; e < ready; e++) {
      struct connection *conn = &conns[events[e].data.u32];
      for (;;) { /* never past the end of one message */
        ssize_t n = recv(conn->fd, conn->message + conn->have, options.size - conn->have, 0);
        if (n < 0 && errno == EAGAIN) break;
        if (n <= 0) die("latency: the server closed a connection");
        conn->have += (size_t)n;
        if (conn->have < options.size) continue;
        double since;
        memcpy(&since, conn->message, sizeof since);
        histogram[bucket_of((uint64_t)((now() - since) * 1e9))]++;
        conn->have = 0;
        meter.ops++;
      }
    }
  }
  char extra[128];
  snprintf(extra, sizeof extra, ",\"p50\":%.2f,\"p99\":%.2f,\"p999\":%.2f", percentile_us(50),
           percentile_us(99), percentile_us(99.9));
  meter_report(&meter, extra);
  return 0;
}
