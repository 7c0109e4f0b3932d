#include "sys.h"

/* About what it costs to put a thread to sleep and to wake it. */
enum { LINGER_US = 30, MISSES_MAX = 10 };

bool sk_linger_begin(sk_linger *linger) {
  linger->until_us = 0;
  return linger->waits_to_pass-- <= 0;
}

/* Goes on only where two of three looks find something: else not in the next 3, 15, … 1,023 waits. */
bool sk_linger_again(sk_linger *linger, bool found) {
  if (!found) {
    const int64_t now_us = sk_now_us();
    if (linger->until_us == 0) linger->until_us = now_us + LINGER_US;
    if (now_us < linger->until_us) return true;
  }
  linger->misses += found ? -1 : 2;
  if (linger->misses < 0) linger->misses = 0;
  if (linger->misses > MISSES_MAX) linger->misses = MISSES_MAX;
  linger->waits_to_pass = (1 << linger->misses) - 1;
  return false;
}
