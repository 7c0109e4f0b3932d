// TCP: echo, one way, connections, and the time that an echo takes.
import { options, percentile, rate, throughput } from "../workload.mjs";

/** @import { Workload } from "../workload.mjs" */

const echoCases = [64, 4096].flatMap((size) =>
  [1, 50, 500, 5000].map((conns) => ({
    label: `${size} B, ${conns} connection${conns > 1 ? "s" : ""}`,
    size,
    conns,
    quick: size === 64 && conns === 50,
  })),
);

/** @type {Workload[]} */
export const tcp = [
  {
    name: "tcp-echo",
    about: "echo server, await style, one message on its way a connection",
    peers: "tcp-echo",
    measures: "server",
    cases: echoCases,
    reference: () => ["echo"],
    alternatives: { c_uring: () => ["echo_uring"], c_together: () => ["echo", "--batch", "64"] },
    load: ({ size, conns }) => ["load", ...options({ size, conns })],
    metrics: [rate("messages/s")],
    targets: [
      { to: "c", atLeast: 0.95, cases: ({ conns }) => conns === 50 || conns === 500 },
      { to: "net", atLeast: 1.6 },
      { to: "bun", atLeast: 1 },
      { to: "net", of: "user", atMost: 0.4 },
    ],
  },
  {
    name: "tcp-bulk-recv",
    about: "receiving one stream, 64 KiB a call",
    peers: "tcp-bulk-recv",
    measures: "server",
    cases: [{ label: "64 KiB", size: 65536, quick: true }],
    reference: () => ["bulk_sink"],
    load: ({ size }) => ["bulk_source", ...options({ size })],
    metrics: [throughput],
    targets: [
      { to: "c", atLeast: 0.95 },
      { to: "net", atLeast: 1.2 },
    ],
  },
  {
    name: "tcp-bulk-send",
    about: "sending one stream, 64 KiB a call",
    peers: "tcp-bulk-send",
    measures: "client",
    cases: [{ label: "64 KiB", size: 65536, quick: true }],
    reference: ({ size }) => ["bulk_source", ...options({ size })],
    args: ({ size = 0 }) => [size],
    load: () => ["bulk_sink"],
    metrics: [throughput],
    targets: [
      { to: "c", atLeast: 0.95 },
      { to: "net", atLeast: 1.2 },
    ],
  },
  {
    name: "tcp-accept",
    about: "connect, accept, close",
    peers: "tcp-accept",
    measures: "server",
    cases: [{ label: "64 at a time", conns: 64, quick: true }],
    reference: () => ["accept_server"],
    load: ({ conns }) => ["accept_load", ...options({ conns })],
    metrics: [rate("connections/s")],
    targets: [
      { to: "c", atLeast: 0.85 },
      { to: "net", atLeast: 2.5 },
    ],
  },
  {
    name: "latency",
    about: "one echo at a fixed rate, from when it was due",
    peers: "tcp-echo",
    samples: 10_000, // so that p99.9 is the tenth from the end
    warmup: 2, // else the tails would show nothing but just-in-time compilation
    measures: "server",
    cases: [
      { label: "64 B, 50 connections, 2,000 a second", size: 64, conns: 50, rate: 2000 },
      {
        label: "64 B, 50 connections, 10,000 a second",
        size: 64,
        conns: 50,
        rate: 10000,
        quick: true,
      },
    ],
    reference: () => ["echo"],
    load: ({ size, conns, rate }) => ["latency", ...options({ size, conns, rate })],
    metrics: [percentile("p50", "p50"), percentile("p99", "p99"), percentile("p99.9", "p999")],
    targets: [
      { to: "c", atMost: 1.1 },
      { to: "net", atMost: 1 },
    ],
  },
];
