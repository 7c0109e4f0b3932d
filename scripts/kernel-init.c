/*
 * The first process of the kernel that kernel-run.mjs boots: loads the modules, brings the links
 * up, runs one command, hands its output and its exit status to the host, and turns the machine
 * off.
 *
 * The kernel's command line names the folder with what to do, as KERNEL_RUN=DIR:
 *   modules   paths of .ko files, one per line, in the order to load them
 *   network   commands for `ip -batch`
 *   cwd       the folder to run in
 *   argv env  the command and its environment, each string ended by a NUL
 * The kernel's consoles 1 and 2 take standard output and standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
  EXIT_NOT_STARTED = 125,   /* as timeout(1) and kernel-run.mjs use it */
  STRAGGLER_TIMEOUT_S = 2,  /* for a process that the command left behind, which may hold its output open */
  COPY_BYTES = 64 * 1024,   /* the capacity of a pipe */
};

/* User-Mode Linux exits with the status that was written to /proc/exitcode. Under any other
 * kernel it goes into the file that KERNEL_STATUS names. */
static _Noreturn void power_off(int status) {
  const char *file = getenv("KERNEL_STATUS");
  FILE *f = fopen(file ? file : "/proc/exitcode", "w");
  if (f) {
    fprintf(f, "%d\n", status);
    fclose(f);
  }
  tcdrain(STDOUT_FILENO);
  tcdrain(STDERR_FILENO);
  sync();
  reboot(RB_POWER_OFF);
  _exit(status);
}

static _Noreturn void fail(const char *what) {
  dprintf(STDERR_FILENO, "kernel-init: %s: %s\n", what, strerror(errno));
  power_off(EXIT_NOT_STARTED);
}

/* The whole file, with a NUL after it. */
static char *slurp(const char *path, size_t *len) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) < 0) fail(path);
  char *text = malloc((size_t)st.st_size + 1);
  if (!text || read(fd, text, (size_t)st.st_size) != st.st_size) fail(path);
  close(fd);
  text[st.st_size] = '\0';
  if (len) *len = (size_t)st.st_size;
  return text;
}

/* A NULL-ended array of the NUL-ended strings in the file. */
static char **strings(const char *path) {
  size_t len, count = 0;
  char *text = slurp(path, &len);
  for (size_t i = 0; i < len; i++) count += text[i] == '\0';
  char **list = calloc(count + 1, sizeof *list);
  if (!list) fail(path);
  for (size_t i = 0; i < count; i++, text += strlen(text) + 1) list[i] = text;
  return list;
}

static void mount_at(const char *type, const char *at) {
  mkdir(at, 0755);
  if (mount(type, at, type, 0, "") < 0) fail(at);
}

/* Raw mode, so that output goes through as it is, without '\r' before '\n'. */
static void open_console(int number, int as) {
  char tty[64];
  const char *name = getenv("KERNEL_CONSOLE");
  snprintf(tty, sizeof tty, "%s%d", name ? name : "/dev/tty", number);
  int fd = open(tty, O_WRONLY | O_NOCTTY);
  struct termios t;
  if (fd < 0 || dup2(fd, as) < 0 || tcgetattr(as, &t) < 0) fail(tty);
  close(fd);
  cfmakeraw(&t);
  if (tcsetattr(as, TCSANOW, &t) < 0) fail(tty);
}

static void load_modules(char *list) {
  for (char *path = strtok(list, "\n"); path; path = strtok(NULL, "\n")) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail(path);
    if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST) fail(path);
    close(fd);
  }
}

/* Starts a process that copies an output to a console: the command sees a pipe, and so does not
 * take its output for a terminal. */
static pid_t copy_to(int console, int *write_end) {
  int fd[2];
  if (pipe2(fd, O_CLOEXEC) < 0) fail("pipe2");
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) {
    close(fd[0]);
    *write_end = fd[1];
    return pid;
  }
  close(fd[1]);
  static char bytes[COPY_BYTES];
  ssize_t n;
  while ((n = read(fd[0], bytes, sizeof bytes)) > 0) {
    for (ssize_t sent = 0, rc; sent < n; sent += rc) {
      if ((rc = write(console, bytes + sent, (size_t)(n - sent))) < 0) _exit(1);
    }
  }
  _exit(0);
}

static pid_t run(char **argv, char **env, const char *cwd, int out, int err) {
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return pid;
  setsid();
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  environ = env; /* before execvp, which looks for the command in its PATH */
  if (chdir(cwd) == 0) execvp(argv[0], argv);
  dprintf(STDERR_FILENO, "kernel-run: %s: %s\n", argv[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

static int exit_status(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void on_alarm(int signal) { (void)signal; }

int main(void) {
  char path[4096];
  const char *dir = getenv("KERNEL_RUN");
#define IN_DIR(name) (snprintf(path, sizeof path, "%s/" name, dir), path)

  /* Until the consoles are open, standard error is the kernel's log. */
  mount_at("proc", "/proc");
  open_console(1, STDOUT_FILENO);
  open_console(2, STDERR_FILENO);
  int null = open("/dev/null", O_RDONLY);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0) fail("/dev/null");
  close(null);
  if (!dir) fail("KERNEL_RUN");

  mount_at("sysfs", "/sys");
  mount_at("tmpfs", "/run");
  mount_at("tmpfs", "/dev/shm");
  mount_at("devpts", "/dev/pts");
  load_modules(slurp(IN_DIR("modules"), NULL));

  char **env = strings(IN_DIR("env")), **argv = strings(IN_DIR("argv"));
  char *cwd = slurp(IN_DIR("cwd"), NULL);
  char *ip[] = {"ip", "-batch", IN_DIR("network"), NULL};
  int status;
  if (waitpid(run(ip, env, "/", STDOUT_FILENO, STDERR_FILENO), &status, 0) < 0) fail("ip");
  if (exit_status(status) != 0) power_off(EXIT_NOT_STARTED);

  int out, err;
  pid_t out_copier = copy_to(STDOUT_FILENO, &out), err_copier = copy_to(STDERR_FILENO, &err);
  pid_t command = run(argv, env, cwd, out, err);
  close(out);
  close(err);

  /* The first process also has to reap every orphan. The alarm ends the wait for output that nobody
   * will write. */
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
  int result = EXIT_NOT_STARTED, left = 3;
  while (left > 0) {
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0) break;
    if (pid == command) {
      result = exit_status(status);
      alarm(STRAGGLER_TIMEOUT_S);
    }
    left -= pid == command || pid == out_copier || pid == err_copier;
  }
  power_off(result);
}
