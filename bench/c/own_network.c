/* own_network COMMAND...: runs COMMAND in a network namespace of its own, which has nothing but
 * loopback, so that neither the machine's firewall rules nor its congestion control are measured. A
 * congestion control that paces (bbr) sends by a timer, at a rate that it derives from how fast the
 * receiver has been so far: on loopback, two programs that do the same work can then differ several
 * times over. If the kernel gives no such namespace, COMMAND runs in the present one. */
#include "common.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Every kernel has it, and lets any user choose it. */
static const char CONGESTION_CONTROL[] = "reno";

/* A failure is no reason to stop (a container's /proc/sys is read-only): the results name the
 * congestion control that was used. */
static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) perror(path);
  close(fd);
}

/* A user who is not root becomes it, in a user namespace: there that gives rights over the new
 * network only. */
static bool enter(void) {
  if (unshare(CLONE_NEWNET) == 0) return true;
  char uids[32], gids[32];
  snprintf(uids, sizeof uids, "0 %d 1", (int)getuid());
  snprintf(gids, sizeof gids, "0 %d 1", (int)getgid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", uids);
  write_file("/proc/self/gid_map", gids);
  return true;
}

static void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) != 0) die("lo");
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: own_network COMMAND...\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a benchmark that is killed leaves no process behind */
  if (enter()) {
    raise_loopback();
    write_file("/proc/sys/net/ipv4/tcp_congestion_control", CONGESTION_CONTROL);
  } else {
    perror("measured in the machine's network, since there is none of its own");
  }
  execvp(argv[1], argv + 1);
  die(argv[1]);
}
