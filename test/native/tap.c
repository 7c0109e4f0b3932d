#include "tap.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A test that hangs is killed, so that the run ends. No assertion depends on this time. */
enum { HANG_S = 60, EXIT_SKIPPED = 77 };

static tap_test *first, **last = &first;

void tap_register(tap_test *test) {
  *last = test;
  last = &test->next;
}

void tap_check(bool ok, const char *file, int line, const char *what) {
  if (ok) return;
  printf("# %s:%d: %s does not hold\n", file, line, what);
  exit(1);
}

void tap_equal(long long got, long long want, const char *file, int line, const char *what) {
  if (got == want) return;
  printf("# %s:%d: %s: got %lld, want %lld\n", file, line, what, got, want);
  exit(1);
}

void tap_skip(const char *missing_capability) {
  printf("# SKIP %s\n", missing_capability);
  exit(EXIT_SKIPPED);
}

static int open_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  if (dir == NULL) return -1;
  int count = 0;
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

/* Ends with exit(3), since that is when LeakSanitizer looks for leaks. */
static _Noreturn void run(const tap_test *test) {
  const int before = open_descriptors();
  test->run();
  tap_equal(open_descriptors(), before, test->file, 0, "open descriptors after == before");
  exit(0);
}

static pid_t child;
static void end_child(int signal) { kill(child, signal == SIGALRM ? SIGKILL : signal); }

/* Runs the test in a process of its own, and returns its wait status. */
static int run_apart(const tap_test *test) {
  int status;
  fflush(stdout);
  if ((child = fork()) == 0) run(test);
  alarm(HANG_S);
  while (waitpid(child, &status, 0) < 0) continue;
  alarm(0);
  return status;
}

int main(void) {
  int number = 0, failed = 0, skipped = 0;
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = end_child}, NULL);
  for (const tap_test *test = first; test != NULL; test = test->next) {
    const int status = run_apart(test);
    const bool skip = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED;
    const bool ok = skip || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const char *base = strrchr(test->file, '/');
    failed += !ok;
    skipped += skip;
    printf("%s %d - %s: %s%s\n", ok ? "ok" : "not ok", ++number, base ? base + 1 : test->file,
           test->name, skip ? " # SKIP" : "");
    if (WIFSIGNALED(status)) printf("# ended by %s\n", strsignal(WTERMSIG(status)));
  }
  printf("1..%d\n%d passed, %d failed, %d skipped\n", number, number - failed - skipped, failed,
         skipped);
  return failed == 0 && number > 0 ? 0 : 1;
}
