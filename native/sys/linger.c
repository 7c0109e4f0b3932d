#include "sys.h"

/* How long a look lasts: about what it costs to put a thread to sleep and wake it; and about what an answer takes from a peer
 * that has to be woken first. */
enum { LINGER_US = 30, LATE_US = 100 };
/* What comes soon gives one of credit for long looks, what comes late takes two. */
enum { CREDIT_MAX = 32, MISSES_MAX = 10 };

bool sk_linger_begin(sk_linger *linger) {
  linger->since_us = 0;
  return linger->waits_to_pass-- <= 0;
}

/* Whether the present look, which has found nothing yet, goes on. */
static bool has_time(sk_linger *linger) {
  linger->now_us = sk_now_us();
  if (linger->since_us == 0) linger->since_us = linger->now_us;
  return linger->now_us < linger->since_us + (linger->credit > 0 ? LATE_US : LINGER_US);
}

static int between(int low, int value, int high) {
  return value < low ? low : value > high ? high : value;
}

/* Goes on only where two of three looks find something: else not in the next 3, 15, … 1,023 waits.
 *
 * Two programs that answer each other would both sleep before each answer for ever, once both do: neither has its answer
 * until the other is woken. So the longest pause is followed by some long looks: where one of these meets any look of the
 * other program, both answer soon again, and stay with it. */
bool sk_linger_again(sk_linger *linger, bool found) {
  if (!found && has_time(linger)) return true;
  const bool is_late = linger->since_us != 0 && linger->now_us >= linger->since_us + LINGER_US;
  if (!found) {
    linger->misses += 2;
    linger->credit = 0;
  } else if (is_late) {
    linger->credit -= 2;
  } else {
    linger->misses--;
    linger->credit++;
  }
  linger->misses = between(0, linger->misses, MISSES_MAX);
  linger->credit = between(0, linger->credit, CREDIT_MAX);
  linger->waits_to_pass = linger->credit > 0 ? 0 : (1 << linger->misses) - 1;
  if (linger->misses == MISSES_MAX && linger->credit == 0) linger->credit = CREDIT_MAX;
  return false;
}
