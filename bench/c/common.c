#include "common.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void on_sigterm(int signal) {
  (void)signal;
  stopped = 1;
}

_Noreturn void die(const char *what) {
  perror(what);
  exit(1);
}

char *make_message(size_t size) {
  char *message = malloc(size);
  if (message == NULL) die("message");
  for (size_t i = 0; i < size; i++) message[i] = (char)('a' + i % 26);
  return message;
}

/* ---- options ---- */

static const struct option LONG_OPTIONS[] = {
    {"type", required_argument, 0, 't'},    {"size", required_argument, 0, 's'},
    {"conns", required_argument, 0, 'c'},   {"batch", required_argument, 0, 'b'},
    {"gso", required_argument, 0, 'g'},     {"rate", required_argument, 0, 'r'},
    {"seconds", required_argument, 0, 'S'}, {"warmup", required_argument, 0, 'w'},
    {"watch", required_argument, 0, 'p'},   {"drops", required_argument, 0, 'd'},
    {"flight", required_argument, 0, 'f'},
    {0, 0, 0, 0},
};

static _Noreturn void usage(const char *program) {
  fprintf(stderr, "usage: %s [ADDRESS]", program);
  for (const struct option *o = LONG_OPTIONS; o->name; o++) fprintf(stderr, " [--%s X]", o->name);
  fprintf(stderr, "\nADDRESS: HOST:PORT, /path or @abstract. --type stream|seqpacket|dgram|raw."
                  " --watch PID or stdin.\n");
  exit(2);
}

static int type_of(const char *name) {
  if (strcmp(name, "seqpacket") == 0) return SOCK_SEQPACKET;
  if (strcmp(name, "dgram") == 0) return SOCK_DGRAM;
  return strcmp(name, "raw") == 0 ? SOCK_RAW : SOCK_STREAM;
}

void parse_options(int argc, char **argv, struct options *out) {
  *out = (struct options){.address = "127.0.0.1:0", .type = SOCK_STREAM, .size = 64, .conns = 1, .batch = 1, .drops = 1,
                          .rate = 1000};
  int opt;
  while ((opt = getopt_long(argc, argv, "", LONG_OPTIONS, NULL)) != -1) {
    switch (opt) {
    case 't': out->type = type_of(optarg); break;
    case 's': out->size = strtoul(optarg, NULL, 10); break;
    case 'c': out->conns = atoi(optarg); break;
    case 'b': out->batch = atoi(optarg); break;
    case 'g': out->gso = atoi(optarg); break;
    case 'f': out->flight = atoi(optarg); break;
    case 'd': out->drops = atoi(optarg); break;
    case 'r': out->rate = atof(optarg); break;
    case 'S': out->seconds = atof(optarg); break;
    case 'w': out->warmup = atof(optarg); break;
    case 'p':
      out->stdin_pid = strcmp(optarg, "stdin") == 0;
      out->watch = atoi(optarg);
      break;
    default: usage(argv[0]);
    }
  }
  out->words = argv + optind;
  if (optind < argc) out->address = argv[optind];

  struct sigaction action = {.sa_handler = on_sigterm}; /* no SA_RESTART: a wait must end */
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

/* ---- clocks and the window ---- */

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return 0; /* the process is gone */
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cpu cpu_of_self(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (struct cpu){
      .total = seconds_of(CLOCK_PROCESS_CPUTIME_ID),
      .user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6,
      .system = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
  };
}

/* Another process: the sum comes from its CPU clock, in nanoseconds, the split from its ticks. */
static struct cpu cpu_of(pid_t pid) {
  struct cpu cpu = {0};
  clockid_t clock;
  if (clock_getcpuclockid(pid, &clock) == 0) cpu.total = seconds_of(clock);
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  FILE *file = fopen(path, "r");
  if (!file) return cpu;
  unsigned long user = 0, system = 0;
  if (fgets(line, sizeof line, file)) {
    const char *behind_name = strrchr(line, ')'); /* the name may hold blanks and brackets */
    if (behind_name)
      sscanf(behind_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
             &system);
  }
  fclose(file);
  cpu.user = (double)user / (double)sysconf(_SC_CLK_TCK);
  cpu.system = (double)system / (double)sysconf(_SC_CLK_TCK);
  return cpu;
}

/* The children of a process, if the kernel lists them (CONFIG_PROC_CHILDREN). Returns how many, at
 * most `most`. */
static int children_of(pid_t pid, pid_t *children, int most) {
  char path[64];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (count < most && fscanf(file, "%d", &children[count]) == 1) count++;
  fclose(file);
  return count;
}

enum { CHILDREN_MAX = 64 };

/* A process and its children, which do its work if it has any: node:cluster's workers. */
static struct cpu cpu_of_all(pid_t pid) {
  pid_t children[CHILDREN_MAX];
  struct cpu sum = cpu_of(pid);
  for (int i = children_of(pid, children, CHILDREN_MAX) - 1; i >= 0; i--) {
    const struct cpu one = cpu_of_all(children[i]);
    sum.total += one.total;
    sum.user += one.user;
    sum.system += one.system;
  }
  return sum;
}

/* What was used between two readings: the exact sum, split in the proportion of the coarser
 * figures. */
static struct cpu cpu_between(struct cpu from, struct cpu to) {
  double user = to.user - from.user, system = to.system - from.system, sum = user + system;
  double total = to.total - from.total;
  double share = sum > 0 ? user / sum : 0.5;
  return (struct cpu){.total = total, .user = total * share, .system = total * (1 - share)};
}

long process_memory_kib(pid_t pid, const char *field) {
  char path[64], line[256];
  long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    if (strncmp(line, field, strlen(field)) == 0) kib = atol(line + strlen(field));
  }
  fclose(file);
  return kib;
}

/* The same including the children. Memory that they share is counted once for each. */
static long memory_of_all_kib(pid_t pid, const char *field) {
  pid_t children[CHILDREN_MAX];
  long sum = process_memory_kib(pid, field);
  for (int i = children_of(pid, children, CHILDREN_MAX) - 1; i >= 0; i--) {
    sum += memory_of_all_kib(children[i], field);
  }
  return sum;
}

void (*meter_on_open)(struct meter *meter);
void (*meter_on_close)(struct meter *meter);

void meter_init(struct meter *meter, const struct options *options) {
  *meter = (struct meter){.watch = options->watch};
  if (options->stdin_pid) {
    char line[32];
    if (!fgets(line, sizeof line, stdin)) die("no process id on standard input");
    meter->watch = atoi(line);
  }
  meter->begins = now() + options->warmup;
  meter->ends = options->seconds > 0 ? meter->begins + options->seconds : 1e300;
}

static void meter_open(struct meter *meter) {
  meter->open = true;
  if (meter_on_open) meter_on_open(meter);
  meter->ops0 = meter->ops;
  meter->bytes0 = meter->bytes;
  meter->self0 = cpu_of_self();
  if (meter->watch) meter->watched0 = cpu_of_all(meter->watch);
  meter->at0 = now();
}

static void meter_close(struct meter *meter) {
  if (meter_on_close) meter_on_close(meter);
  meter->at1 = now();
  meter->self1 = cpu_of_self();
  if (!meter->watch) return;
  meter->watched1 = cpu_of_all(meter->watch);
  meter->watched_rss_kib = memory_of_all_kib(meter->watch, "VmRSS:");
  meter->watched_hwm_kib = memory_of_all_kib(meter->watch, "VmHWM:");
}

bool meter_running(struct meter *meter) {
  double at = now();
  if (!meter->open && at >= meter->begins) meter_open(meter);
  if (at < meter->ends && !stopped) return true;
  if (!meter->open) meter_open(meter);
  meter_close(meter);
  return false;
}

void meter_report(struct meter *meter, const char *extra) {
  if (!meter->open) meter_open(meter); /* the other side ended before the window did */
  if (meter->at1 == 0) meter_close(meter);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  struct cpu self = cpu_between(meter->self0, meter->self1);
  printf("{\"ops\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"user\":%.6f,\"system\":%.6f,"
         "\"maxRssKiB\":%ld",
         (unsigned long long)(meter->ops - meter->ops0),
         (unsigned long long)(meter->bytes - meter->bytes0), meter->at1 - meter->at0, self.user,
         self.system, usage.ru_maxrss);
  if (meter->watch) {
    struct cpu watched = cpu_between(meter->watched0, meter->watched1);
    printf(",\"watched\":{\"user\":%.6f,\"system\":%.6f,\"rssKiB\":%ld,\"maxRssKiB\":%ld}",
           watched.user, watched.system, meter->watched_rss_kib, meter->watched_hwm_kib);
  }
  printf("%s}\n", extra);
  fflush(stdout);
}
