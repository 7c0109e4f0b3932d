// Unix sockets, and blocking calls over them and over TCP.
import { options, rate } from "../workload.mjs";

/** @import { Target, Workload } from "../workload.mjs" */

/** @param {string} name @param {"stream" | "seqpacket"} type
 *  @param {Target[]} targets @returns {Workload} */
const unixEcho = (name, type, targets) => ({
  name,
  about: `echo over Unix ${type} sockets`,
  peers: name,
  measures: "server",
  unix: true,
  cases: [
    { label: "64 B, 1 connection", size: 64, conns: 1 },
    { label: "64 B, 50 connections", size: 64, conns: 50, quick: true },
    { label: "4096 B, 50 connections", size: 4096, conns: 50 },
  ],
  reference: () => ["echo", "--type", type],
  alternatives: { c_together: () => ["echo", "--type", type, "--batch", "64"] },
  load: ({ size, conns }) => ["load", "--type", type, ...options({ size, conns })],
  metrics: [rate("messages/s")],
  targets: [{ to: "c", atLeast: 0.9 }, ...targets],
});

/** @type {Workload[]} */
export const unix = [
  {
    name: "unix-dgram",
    about: "echo over Unix datagrams, by address",
    peers: "unix-dgram",
    measures: "server",
    unix: true,
    cases: [{ label: "64 B, 8 on their way", size: 64, conns: 8, quick: true }],
    reference: () => ["dgram_echo"],
    alternatives: { c_together: () => ["dgram_echo", "--batch", "64"] },
    load: ({ size, conns }) => ["load", "--type", "dgram", ...options({ size, conns })],
    metrics: [rate("messages/s")],
    targets: [
      { to: "c", atLeast: 0.9 },
      { to: "unix-dgram", atLeast: 5 },
      { to: "node-unix-socket", atLeast: 2 },
    ],
  },
  unixEcho("unix-seqpacket", "seqpacket", [{ to: "node-unix-socket", atLeast: 2 }]),
  unixEcho("unix-stream", "stream", [{ to: "net", atLeast: 1.5 }]),
  ...["tcp", "unix"].map(
    (name) =>
      /** @type {Workload} */ ({
        name: `sync-pingpong-${name}`,
        about: `blocking send and recv over ${name === "tcp" ? "TCP" : "a Unix stream"}`,
        peers: "sync-pingpong",
        ours: "berkeley-sync",
        measures: "client",
        unix: name === "unix",
        cases: [{ label: "64 B", size: 64, quick: true }],
        reference: ({ size }) => ["pingpong", ...options({ size })],
        args: ({ size = 0 }) => [size],
        load: () => ["pingpong_echo"],
        metrics: [rate("round trips/s")],
        targets: [
          { to: "c", atLeast: 0.97 },
          { to: "py_socket", atLeast: 1 },
        ],
      }),
  ),
];
