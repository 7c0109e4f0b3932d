/** Group memberships and bound interfaces, across links between network namespaces. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Inside, lacksNamespaces, makeNamespaces, type Namespaces } from "../support/namespaces.js";
import type { Options } from "./agent.js";

const program = fileURLToPath(new URL("agent.js", import.meta.url));

interface Case {
  readonly name: string;
  /** What the receiver sets. */
  readonly options: Options;
  /** Datagrams: from, to, text. The last is `end`, which the receiver has to get. */
  readonly sent: readonly (readonly [from: string, to: string, text: string])[];
  readonly received: readonly string[];
}

const [GROUP, OTHER] = ["239.77.0.1", "239.77.0.2"];
const [GROUP6, OTHER6] = ["ff15::77:1", "ff15::77:2"];
const [SOURCE, STRANGER, OTHER_LINK] = ["10.77.1.2", "10.77.1.3", "10.77.2.2"];
const [SOURCE6, STRANGER6, OTHER_LINK6] = ["fd77:1::2", "fd77:1::3", "fd77:2::2"];
/** Only what this socket has joined itself. */
const own = ["IP_MULTICAST_ALL", false] as const;
const own6 = ["IPV6_MULTICAST_ALL", false] as const;

/** What is not joined comes before what is: on one link the order stays. */
const anySource = (name: string, options: Options): Case => ({
  name,
  options: [own, ...options],
  sent: [
    [SOURCE, OTHER, "to another group"],
    [OTHER_LINK, GROUP, "by another link"],
    [SOURCE, GROUP, "one"],
    [STRANGER, GROUP, "two"],
    [SOURCE, GROUP, "end"],
  ],
  received: ["one", "two"],
});
const anySource6 = (name: string, options: Options): Case => ({
  name,
  options: [own6, ...options],
  sent: [
    [SOURCE6, OTHER6, "to another group"],
    [OTHER_LINK6, GROUP6, "by another link"],
    [SOURCE6, GROUP6, "one"],
    [STRANGER6, GROUP6, "two"],
    [SOURCE6, GROUP6, "end"],
  ],
  received: ["one", "two"],
});
const oneSource = (name: string, options: Options): Case => ({
  name,
  options: [own, ...options],
  sent: [
    [STRANGER, GROUP, "from another source"],
    [SOURCE, GROUP, "one"],
    [SOURCE, GROUP, "end"],
  ],
  received: ["one"],
});
const oneSource6 = (name: string, options: Options): Case => ({
  name,
  options: [own6, ...options],
  sent: [
    [STRANGER6, GROUP6, "from another source"],
    [SOURCE6, GROUP6, "one"],
    [SOURCE6, GROUP6, "end"],
  ],
  received: ["one"],
});

const onLink = { group: GROUP, interface: "a1" };
const onLink6 = { group: GROUP6, interface: "a1" };
const ofSource = { group: GROUP, source: SOURCE, local: "10.77.1.1" };
const ofStranger = { ...ofSource, source: STRANGER };

const cases: readonly Case[] = [
  anySource("IP_ADD_MEMBERSHIP by the interface's name", [["IP_ADD_MEMBERSHIP", onLink]]),
  anySource("IP_ADD_MEMBERSHIP by its address", [
    ["IP_ADD_MEMBERSHIP", { group: GROUP, local: "10.77.1.1" }],
  ]),
  anySource("IP_DROP_MEMBERSHIP leaves one of two", [
    ["IP_ADD_MEMBERSHIP", onLink],
    ["IP_ADD_MEMBERSHIP", { group: OTHER, interface: "a1" }],
    ["IP_DROP_MEMBERSHIP", { group: OTHER, interface: "a1" }],
  ]),
  anySource("MCAST_JOIN_GROUP, IPv4", [["MCAST_JOIN_GROUP", onLink]]),
  anySource("MCAST_LEAVE_GROUP, IPv4", [
    ["MCAST_JOIN_GROUP", onLink],
    ["MCAST_JOIN_GROUP", { group: OTHER, interface: "a1" }],
    ["MCAST_LEAVE_GROUP", { group: OTHER, interface: "a1" }],
  ]),
  anySource6("MCAST_JOIN_GROUP, IPv6", [["MCAST_JOIN_GROUP", onLink6]]),
  anySource6("IPV6_JOIN_GROUP", [["IPV6_JOIN_GROUP", onLink6]]),
  anySource6("IPV6_LEAVE_GROUP leaves one of two", [
    ["IPV6_JOIN_GROUP", onLink6],
    ["IPV6_JOIN_GROUP", { group: OTHER6, interface: "a1" }],
    ["IPV6_LEAVE_GROUP", { group: OTHER6, interface: "a1" }],
  ]),
  oneSource("IP_ADD_SOURCE_MEMBERSHIP", [["IP_ADD_SOURCE_MEMBERSHIP", ofSource]]),
  oneSource("IP_DROP_SOURCE_MEMBERSHIP", [
    ["IP_ADD_SOURCE_MEMBERSHIP", ofSource],
    ["IP_ADD_SOURCE_MEMBERSHIP", ofStranger],
    ["IP_DROP_SOURCE_MEMBERSHIP", ofStranger],
  ]),
  oneSource("IP_BLOCK_SOURCE and IP_UNBLOCK_SOURCE", [
    ["IP_ADD_MEMBERSHIP", onLink],
    ["IP_BLOCK_SOURCE", ofStranger],
    ["IP_BLOCK_SOURCE", ofSource],
    ["IP_UNBLOCK_SOURCE", ofSource],
  ]),
  oneSource("MCAST_JOIN_SOURCE_GROUP, IPv4", [
    ["MCAST_JOIN_SOURCE_GROUP", { ...onLink, source: SOURCE }],
  ]),
  oneSource6("MCAST_JOIN_SOURCE_GROUP, IPv6", [
    ["MCAST_JOIN_SOURCE_GROUP", { ...onLink6, source: SOURCE6 }],
  ]),
  oneSource6("MCAST_LEAVE_SOURCE_GROUP, IPv6", [
    ["MCAST_JOIN_SOURCE_GROUP", { ...onLink6, source: SOURCE6 }],
    ["MCAST_JOIN_SOURCE_GROUP", { ...onLink6, source: STRANGER6 }],
    ["MCAST_LEAVE_SOURCE_GROUP", { ...onLink6, source: STRANGER6 }],
  ]),
  oneSource6("MCAST_BLOCK_SOURCE and MCAST_UNBLOCK_SOURCE, IPv6", [
    ["MCAST_JOIN_GROUP", onLink6],
    ["MCAST_BLOCK_SOURCE", { ...onLink6, source: STRANGER6 }],
    ["MCAST_BLOCK_SOURCE", { ...onLink6, source: SOURCE6 }],
    ["MCAST_UNBLOCK_SOURCE", { ...onLink6, source: SOURCE6 }],
  ]),
  ...(["SO_BINDTODEVICE", "SO_BINDTOIFINDEX"] as const).map((option) => ({
    name: `${option} takes what comes by that link alone`,
    options: [[option, "a1"]] as const,
    sent: [
      [OTHER_LINK, "10.77.2.1", "by the other link"],
      [SOURCE, "10.77.1.1", "one"],
      [SOURCE, "10.77.1.1", "end"],
    ] as const,
    received: ["one"],
  })),
  {
    name: "IPV6_JOIN_ANYCAST adds an address",
    options: [["IPV6_JOIN_ANYCAST", { group: "fd77:1::aa", interface: "a1" }]],
    sent: [[SOURCE6, "fd77:1::aa", "end"]],
    received: [],
  },
];

/** The interface that multicasts leave by: the one with the address that they are from. */
function leaving(from: string, to: string): Options {
  if (to.startsWith("239.")) return [["IP_MULTICAST_IF", { local: from }]];
  const link = from.startsWith("fd77:2:") ? "b2" : "b1";
  return to.startsWith("ff15:") ? [["IPV6_MULTICAST_IF", link]] : [];
}

const lacking = lacksNamespaces();

describe("across links", { skip: lacking ?? false }, () => {
  let namespaces: Namespaces;
  let sender: Inside;

  before(async () => {
    namespaces = await makeNamespaces();
    sender = new Inside(namespaces.b, program);
  });
  after(async () => {
    await sender.end();
    namespaces.remove();
  });

  for (const { name, options, sent, received } of cases) {
    test(name, async (t) => {
      const receiver = new Inside(namespaces.a, program);
      t.after(() => receiver.end());
      const six = sent.some(([from]) => from.includes(":"));
      const port = await receiver.ask({ does: "receive", six, options });
      assert.equal(typeof port, "number", JSON.stringify(port));
      const heard = receiver.hear();
      for (const [from, to, text] of sent) {
        const how = { six, port, options: leaving(from, to), from, to, text };
        assert.equal(await sender.ask({ ...how, does: "send" }), "sent");
      }
      assert.deepEqual(await heard, received);
    });
  }
});
