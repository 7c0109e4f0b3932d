/* spawn_time --batch N -- COMMAND...: runs COMMAND N times, each to its end before the next. Ops
 * are runs; "bestMs" is the fastest of them. CPU time is the command's own. */
#include "common.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct options options;
  parse_options(argc, argv, &options);
  if (!options.words[0]) die("a command behind --");
  double total = 0, best = 1e9;
  for (int i = 0; i < options.batch; i++) {
    double at = now();
    pid_t pid = vfork();
    if (pid == 0) {
      execvp(options.words[0], options.words);
      _exit(127);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || status != 0) die("the command failed");
    double took = now() - at;
    total += took;
    if (took < best) best = took;
  }
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("{\"ops\":%d,\"seconds\":%.6f,\"bestMs\":%.3f,\"watched\":{\"user\":%ld.%06ld,"
         "\"system\":%ld.%06ld,\"rssKiB\":%ld,\"maxRssKiB\":%ld}}\n",
         options.batch, total, best * 1e3, usage.ru_utime.tv_sec, usage.ru_utime.tv_usec,
         usage.ru_stime.tv_sec, usage.ru_stime.tv_usec, usage.ru_maxrss, usage.ru_maxrss);
  return 0;
}
