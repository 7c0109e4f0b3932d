// UDP: receiving and sending, one per call, batched, and with the kernel's segmentation; raw sockets.
import { options, rate } from "../workload.mjs";

/** @import { Workload } from "../workload.mjs" */

const datagramCases = [64, 1200].flatMap((size) =>
  [1, 64].map((batch) => ({
    label: `${size} B, ${batch} a call`,
    size,
    batch,
    quick: size === 64,
  })),
);

/** The peers that set UDP_GRO. */
const receivesWhole = ["c", "berkeley"];

/** @param {{ batch?: number }} which */
const isBatched = ({ batch = 1 }) => batch > 1;

/** One task that makes one call after the other. @param {{ batch?: number }} which @param {string} peer */
const leavesOut = (which, peer) => peer === "berkeley-loop" && isBatched(which);

/** @type {Workload[]} */
export const udp = [
  {
    name: "udp-recv",
    about: "receiving datagrams from a sender that is faster",
    peers: "udp-recv",
    leavesOut,
    measures: "server",
    cases: datagramCases,
    reference: ({ batch }) => ["udp_sink", ...options({ batch })],
    args: ({ batch = 1 }) => [batch],
    // Segmented only at the receiver: the cheapest way to send, so that the receiver is the slow side.
    load: ({ size = 0 }) => ["udp_blast", ...options({ size, gso: size > 1000 ? 50 : 64 })],
    metrics: [rate("datagrams/s")],
    targets: [
      { to: "c", atLeast: 0.95, cases: isBatched },
      { to: "dgram", atLeast: 1.5 },
    ],
  },
  {
    name: "udp-send",
    about: "sending datagrams",
    peers: "udp-send",
    leavesOut,
    measures: "client",
    cases: datagramCases,
    reference: ({ size, batch }) => ["udp_blast", ...options({ size, batch })],
    args: ({ size = 0, batch = 1 }) => [size, batch],
    load: () => ["udp_sink", "--batch", "64"],
    metrics: [rate("datagrams/s")],
    targets: [
      { to: "c", atLeast: 0.95, cases: isBatched },
      { to: "dgram", atLeast: 1.5 },
    ],
  },
  {
    name: "udp-gso-recv",
    about: "receiving datagrams of 1200 B with UDP_GRO, where the peer has it",
    peers: "udp-recv",
    leavesOut: (_, peer) => peer === "berkeley-loop", // it gets as many per call as the others
    measures: "server",
    cases: [{ label: "1200 B, 50 segments a message", size: 1200, gso: 50, quick: true }],
    reference: () => ["udp_sink", "--batch", "8", "--gso", "1"],
    args: ({ gso = 0 }) => [8, gso],
    load: ({ size, gso }, peer) => {
      // What a full queue drops counts as one message: if the receiver takes messages whole, it has many
      // segments.
      const drops = receivesWhole.includes(peer) ? gso : 1;
      return ["udp_blast", ...options({ size, gso, drops })];
    },
    metrics: [rate("datagrams/s")],
    targets: [
      { to: "c", atLeast: 0.9 },
      { to: "dgram", atLeast: 10 },
    ],
  },
  {
    name: "udp-gso-send",
    about: "sending datagrams of 1200 B with UDP_SEGMENT, where the peer has it",
    peers: "udp-send",
    measures: "client",
    cases: [{ label: "1200 B, 50 segments a message", size: 1200, gso: 50, quick: true }],
    reference: ({ size, gso }) => ["udp_blast", ...options({ size, gso })],
    args: ({ size = 0, gso = 0 }) => [size, 1, gso],
    load: () => ["udp_sink", "--batch", "64", "--gso", "1"],
    metrics: [rate("datagrams/s")],
    targets: [
      { to: "c", atLeast: 0.9 },
      { to: "dgram", atLeast: 10 },
    ],
  },
  {
    name: "raw-send",
    about: "sending raw datagrams of protocol 253; needs CAP_NET_RAW",
    peers: "raw-send",
    measures: "client",
    cases: [{ label: "64 B", size: 64, quick: true }],
    reference: ({ size }) => ["udp_blast", "--type", "raw", ...options({ size })],
    args: ({ size = 0 }) => [size],
    load: () => ["udp_sink", "--type", "raw", "--batch", "64"],
    metrics: [rate("datagrams/s")],
  },
];
