/* What the benchmark's programs share: options, clocks, the window that is measured, sockets. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sys.h"

/* One set of options for all programs; each reads those that concern it. */
struct options {
  const char *address; /* "127.0.0.1:8080", a path, or "@name" for the abstract namespace */
  int type;            /* SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM, or SOCK_RAW in place of UDP */
  size_t size;         /* bytes per message, or per segment with gso */
  int conns;           /* connections, or messages in flight */
  int batch;           /* messages per call of recvmmsg or sendmmsg */
  int gso;             /* segments per message (UDP_SEGMENT), or 1 to receive with UDP_GRO */
  int drops;           /* how many datagrams the receiver's kernel counts as one when it drops them */
  int flight;          /* messages on their way in all; 0 = one per connection */
  double rate;         /* messages per second, all connections together */
  double seconds;      /* the length of the window; 0 = until SIGTERM */
  double warmup;       /* seconds before the window opens */
  bool stdin_pid;      /* read the process to watch from standard input, once it exists */
  pid_t watch;         /* the measured process; 0 = none */
  char **words;        /* the words that are not options: the address, or a command */
};

void parse_options(int argc, char **argv, struct options *out);

_Noreturn void die(const char *what);
double now(void);

/* The window that is measured. A program counts `ops`, and calls meter_running() once per turn of
 * its loop. */
struct cpu {
  double total;          /* seconds; exact */
  double user, system;   /* how it is split; for another process, in ticks of 10 ms */
};
struct meter {
  uint64_t ops, bytes;
  double begins, ends; /* when the window opens and closes */
  bool open;
  uint64_t ops0, bytes0;
  double at0, at1;
  struct cpu self0, self1, watched0, watched1;
  long watched_rss_kib, watched_hwm_kib;
  pid_t watch;
};

/* With --watch stdin, waits here for the process id. */
void meter_init(struct meter *meter, const struct options *options);
bool meter_running(struct meter *meter);
/* Called when the window opens and when it closes, for counts that are kept elsewhere, e.g. by the
 * kernel. */
extern void (*meter_on_open)(struct meter *meter);
extern void (*meter_on_close)(struct meter *meter);
/* Prints one JSON object; `extra` is more members, e.g. ",\"p50\":12.5", or "". */
void meter_report(struct meter *meter, const char *extra);

/* "VmRSS:" or "VmHWM:" of /proc/PID/status; 0 if there is no such process. */
long process_memory_kib(pid_t pid, const char *field);

/* `size` bytes to send. They have been written: memory that never was is one page of zeros to the
 * kernel, which stays in the nearest cache whatever else happens. */
char *make_message(size_t size);

/* Sockets. All these functions exit with a message on failure: a benchmark has nothing to
 * recover. */
int listen_on(const struct options *options);          /* and prints "ready ADDRESS" */
int connect_to(const struct options *options);         /* blocking */
/* The same for datagrams, bound to a path next to the server's, so that the server can answer. */
int unix_datagram_connect(const struct options *options, int number);
int udp_bind(const struct options *options);           /* and prints "ready ADDRESS" */
int udp_connect(const struct options *options);
void set_nonblocking(int fd);
void set_nodelay(int fd);
void send_all(int fd, const void *data, size_t size);  /* waits if the peer is slow */
/* The same for several sends, in one system call if there is a ring and more than one send. */
void send_together(sk_ring *ring, sk_call *calls, int count);
/* Receives what is there: `rc` is how many bytes, or a negative errno. */
void receive_together(sk_ring *ring, sk_call *calls, int count);
void recv_exactly(int fd, void *data, size_t size);
void print_ready(int fd);
void raise_descriptor_limit(void);

#endif
