/* pin CORE NOFILE COMMAND...: runs COMMAND on one core ("-" for any) with a limit of NOFILE
 * descriptors ("-" to leave it as it is), like taskset and prlimit, without needing them. */
#include "common.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: pin CORE NOFILE COMMAND...\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a benchmark that is killed leaves no process behind */
  if (strcmp(argv[1], "-") != 0) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)atoi(argv[1]), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) die("sched_setaffinity");
  }
  if (strcmp(argv[2], "-") != 0) {
    rlim_t count = (rlim_t)atol(argv[2]);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = count;
    if (limit.rlim_max < count) limit.rlim_max = count; /* needs CAP_SYS_RESOURCE */
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      getrlimit(RLIMIT_NOFILE, &limit);
      fprintf(stderr, "needs %s descriptors; the hard limit is %llu, and raising it fails: ", argv[2],
              (unsigned long long)limit.rlim_max);
      die("setrlimit");
    }
  }
  execvp(argv[3], argv + 3);
  die(argv[3]);
}
