// What many connections cost: memory for idle ones, and CPU time per message as their number grows.
import { bytesAConnection, cpuAMessage, options, residentMemory } from "../workload.mjs";

/** @import { Workload } from "../workload.mjs" */

/** @type {Workload[]} */
export const growing = [
  {
    name: "idle-memory",
    about: "resident memory an idle connection, waiting in recv",
    peers: "tcp-echo",
    base: () => "net", // C keeps nothing for a connection
    measures: "server",
    cases: [
      { label: "2,000 connections", conns: 2000, quick: true },
      { label: "10,000 connections", conns: 10_000 },
      { label: "100,000 connections", conns: 100_000 },
    ],
    reference: () => ["echo"],
    load: ({ conns }) => ["idle_hold", ...options({ conns })],
    metrics: [bytesAConnection],
    targets: [{ to: "net", atMost: 0.4, cases: ({ conns = 0 }) => conns >= 10_000 }],
  },
  {
    name: "growth",
    about: "cost of a message as the connections grow: one on its way at a time, on each in turn",
    peers: "tcp-echo",
    only: ["c", "berkeley", "net"],
    measures: "server",
    growsBy: "conns",
    cases: [1, 10, 100, 1000, 10_000].map((conns) => ({
      label: `64 B, ${conns.toLocaleString("en-US")} connection${conns > 1 ? "s" : ""}`,
      size: 64,
      conns,
      quick: conns === 10 || conns === 1000,
    })),
    reference: () => ["echo"],
    load: ({ size, conns }) => ["load", ...options({ size, conns, flight: 1 })],
    metrics: [cpuAMessage, residentMemory],
  },
];
