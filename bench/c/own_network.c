/* own_network COMMAND...: runs COMMAND in a network that has loopback alone and belongs to nobody else, so that neither
 * rules of a firewall nor the machine's congestion control are measured. One that paces (bbr) sends a
 * stream by a timer, at a rate that it makes of how the receiver did so far: on loopback two programs that do the same
 * work then differ by a factor. Where the kernel gives no such network, COMMAND runs in the one that there is. */
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

/* Every kernel has it, and lets anybody choose it. */
static const char CONGESTION_CONTROL[] = "reno";

/* Goes on where it may not (a container's /proc/sys is read-only): what is measured with stands in the results. */
static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) perror(path);
  close(fd);
}

/* Who is not root becomes it, in a user namespace where that means the new network alone. */
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
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a benchmark that is ended leaves nobody behind */
  if (enter()) {
    raise_loopback();
    write_file("/proc/sys/net/ipv4/tcp_congestion_control", CONGESTION_CONTROL);
  } else {
    perror("measured in the machine's network, since there is none of its own");
  }
  execvp(argv[1], argv + 1);
  die(argv[1]);
}
