/** Results as `npm run bench -- --json` writes them, with figures that are easy to reckon with. */

/** The machine was half as fast in the second round: what is not paired would show it. */
const SPEED = [1, 0.5, 1];

interface Figures {
  /** Operations a second, where the machine is at its full speed. */
  rate: number;
  /** CPU seconds an operation. */
  user: number;
  system?: number;
  /** How busy the load generator was, of 1. */
  load?: number;
  rssKiB?: number;
  more?: Record<string, number>;
}

/** One peer's reports, one a round. */
export function reports({ rate, user, system = 0, load = 0.5, rssKiB = 1024, more }: Figures) {
  return SPEED.map((speed) => {
    const ops = rate * speed;
    const watched = { user: (user * ops) / speed, system: (system * ops) / speed };
    return {
      ...{ ops, bytes: ops * 64, seconds: 1, user: load, system: 0, ...more },
      watched: { ...watched, rssKiB, maxRssKiB: rssKiB },
    };
  });
}

const echoCase = { label: "64 B, 50 connections", size: 64, conns: 50 };

const growth = [1, 10, 100, 1000, 10_000].map((conns) => ({
  workload: "growth",
  case: { label: `64 B, ${conns} connections`, size: 64, conns },
  reports: {
    c: reports({ rate: 1000, user: 10e-6, rssKiB: 2048 }),
    berkeley: reports({ rate: 1000, user: 20e-6, rssKiB: 40_960 + conns }),
    net: reports({ rate: 1000, user: 40e-6, rssKiB: 51_200 + 4 * conns }),
  },
  skipped: {},
}));

export const sample = {
  machine: {
    ...{ date: "2001-02-03", cpu: "A <fast> CPU", cores: 2, memoryGiB: 8 },
    ...{ kernel: "6.1.0", arch: "x64", congestionControl: "reno" },
    ...{ versions: { berkeley: "0.1.0", node: "v20.0.0" } },
  },
  plan: { seconds: 1, warmup: 0.5, quick: false },
  results: [
    {
      workload: "tcp-echo",
      case: echoCase,
      reports: {
        c: reports({ rate: 100_000, user: 1e-6, system: 4e-6 }),
        berkeley: reports({ rate: 96_000, user: 2e-6, system: 4e-6 }),
        net: reports({ rate: 64_000, user: 4e-6, system: 6e-6 }),
      },
      skipped: { bun: "not installed" },
    },
    {
      workload: "tcp-accept",
      case: { label: "64 at a time", conns: 64 },
      reports: {
        c: reports({ rate: 30_000, user: 10e-6, load: 1 }),
        berkeley: reports({ rate: 30_000, user: 20e-6, load: 1 }),
        net: reports({ rate: 15_000, user: 60e-6, load: 0.6 }),
      },
      skipped: {},
    },
    ...growth,
    {
      workload: "import",
      case: { label: "whole run" },
      // A run a report: the rate is that of starts.
      reports: {
        berkeley: reports({ rate: 1, user: 0.05 }).map((report) => ({
          ...report,
          ops: 1,
          seconds: 0.044,
        })),
        empty: reports({ rate: 1, user: 0.04 }).map((report) => ({
          ...report,
          ops: 1,
          seconds: 0.04,
        })),
      },
      skipped: {},
    },
  ],
};
