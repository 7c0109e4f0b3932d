// Whole programs: what it takes to load them, and workers that share a port.
import { options, rate, runTimes } from "../workload.mjs";

/** @import { Workload } from "../workload.mjs" */

/** @type {Workload[]} */
export const programs = [
  {
    name: "import",
    about: "a program that only imports, beside an empty one; nothing is pinned",
    peers: "import",
    base: () => "empty",
    measures: "run",
    sharesCores: true,
    rounds: 40,
    cases: [{ label: "whole run", quick: true }],
    load: () => ["spawn_time"],
    metrics: runTimes,
    targets: [{ to: "empty", metric: "wall", atMost: 5 }],
  },
  {
    name: "reuseport",
    about: "workers on one port, 100 us of work a message; nothing is pinned",
    peers: "reuseport",
    ours: "berkeley, 2 workers",
    base: (peer) => peer.replace("2 workers", "1 worker"),
    measures: "server",
    sharesCores: true,
    variants: [
      { label: "1 worker", args: [1] },
      { label: "2 workers", args: [2] },
    ],
    cases: [{ label: "64 B, 200 connections", size: 64, conns: 200, quick: true }],
    load: ({ size, conns }) => ["load", ...options({ size, conns })],
    metrics: [rate("messages/s")],
    targets: [{ to: "berkeley, 1 worker", atLeast: 1.7 }],
  },
];
