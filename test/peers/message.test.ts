/** Control messages of each kind, and descriptors, to and from Python. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import {
  AF_INET,
  AF_INET6,
  type AncillaryMessage,
  CMSG_SPACE,
  type ControlInputs,
  decodeControl,
  encodeControl,
  findControl,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  MSG_CTRUNC,
  MSG_ERRQUEUE,
  recvFds,
  SO_PASSCRED,
  SO_RXQ_OVFL,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOL_SOCKET,
  type Socket,
  sendFds,
  socket,
  socketpair,
} from "berkeley";
import { python, root } from "../support/machine.js";
import { without } from "../support/peers.js";
import { openDescriptors } from "../support/process.js";

const needsPython = { skip: without.python };

type Hex = [level: number, type: number, data: string][];
type Ask = (name: string, ...args: unknown[]) => Promise<never>;

const hexOf = (ancdata: readonly AncillaryMessage[]): Hex =>
  ancdata.map(([level, type, data]) => [level, type, data.toString("hex")]);
const bytesOf = (ancdata: Hex): AncillaryMessage[] =>
  ancdata.map(([level, type, data]) => [level, type, Buffer.from(data, "hex")]);

/** Runs `body` while a Python holds the other end of `unix`. */
async function withPython(body: (unix: Socket, ask: Ask) => Promise<void>): Promise<void> {
  const [unix, theirs] = socketpair();
  const child = spawn(python, [join(root, "test/peers/message.py")], {
    stdio: ["pipe", "pipe", "inherit", theirs.fileno()],
  });
  theirs.close();
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[
    Symbol.asyncIterator
  ]();
  const ask: Ask = async (...command) => {
    child.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await lines.next();
    assert.ok(done !== true, `Python ended at ${command[0]}`);
    return JSON.parse(value as string) as never;
  };
  try {
    await body(unix, ask);
  } finally {
    unix.close();
    child.stdin?.end();
  }
}

test("descriptors pass to Python and from it, and none is left behind", needsPython, async () => {
  const folder = mkdtempSync(join(tmpdir(), "berkeley-"));
  const path = join(folder, "file");
  writeFileSync(path, "what the file says");
  await withPython(async (unix, ask) => {
    const file = openSync(path, "r");
    const before = openDescriptors();
    await sendFds(unix, ["to ", "Python"], [file, file, file]);
    const says = "what the file says";
    assert.deepEqual(await ask("recv_fds", 3), ["to Python", [says, says, says], 0]);
    await sendFds(unix, ["x"], [file, file, file]);
    assert.deepEqual(await ask("recv_fds", 2), ["x", [says, says], MSG_CTRUNC]);

    assert.equal(await ask("send_fds", "from Python", path), 11);
    const [data, fds, flags] = await recvFds(unix, 100, 10);
    assert.deepEqual([data.toString(), fds.length, flags], ["from Python", 2, 0]);
    for (const fd of fds) {
      assert.equal(readFileSync(fd, "utf8"), fd === fds[0] ? says : "");
      closeSync(fd);
    }
    await ask("send_fds", "x", path);
    const [, one, cut] = await recvFds(unix, 100, 1);
    assert.deepEqual([one.length, cut], [1, MSG_CTRUNC]);
    closeSync(one[0] as number);
    assert.equal(openDescriptors(), before);
    closeSync(file);
  });
  rmSync(folder, { recursive: true });
});

test("credentials are the same on both sides", needsPython, async () => {
  await withPython(async (unix, ask) => {
    const [pid, uid, gid]: number[] = await ask("ids");
    unix.setsockopt(SOL_SOCKET, SO_PASSCRED, 1);
    await ask("sendmsg", "x", []);
    const [, ancdata] = await unix.recvmsg(1, CMSG_SPACE(12));
    assert.deepEqual(findControl(ancdata, "SCM_CREDENTIALS"), { pid, uid, gid });

    await ask("option", SOL_SOCKET, SO_PASSCRED, 1);
    const mine = { pid: process.pid, uid: uid as number, gid: gid as number };
    const message = encodeControl("SCM_CREDENTIALS", mine);
    await unix.sendmsg(["y"], [message]);
    assert.deepEqual(await ask("recvmsg", 1, CMSG_SPACE(12)), ["y", hexOf([message]), 0]);
  });
});

interface Kind {
  family: number;
  host: string;
  options: [level: number, name: number, value: number][];
  /** What is sent along, and what must arrive. */
  sent: Partial<ControlInputs>;
  come: Record<string, unknown>;
  error: [level: number, name: number];
  offender: unknown;
}

const TIMES: Kind["options"] = [
  [SOL_SOCKET, SO_RXQ_OVFL, 1],
  [SOL_SOCKET, SO_TIMESTAMPNS, 1],
];

const KINDS: Kind[] = [
  {
    family: AF_INET,
    host: "127.0.0.1",
    options: [
      [IPPROTO_IP, IP_PKTINFO, 1],
      [IPPROTO_IP, IP_RECVTTL, 1],
      [IPPROTO_IP, IP_RECVTOS, 1],
      ...TIMES,
    ],
    sent: { IP_TTL: 7, IP_TOS: 2, IP_PKTINFO: { specDst: "127.0.0.1" } },
    come: {
      IP_TTL: 7,
      IP_TOS: 2,
      IP_PKTINFO: { ifindex: 1, specDst: "127.0.0.1", addr: "127.0.0.1" },
    },
    error: [IPPROTO_IP, IP_RECVERR],
    offender: ["127.0.0.1", 0],
  },
  {
    family: AF_INET6,
    host: "::1",
    options: [
      [IPPROTO_IPV6, IPV6_RECVPKTINFO, 1],
      [IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1],
      [IPPROTO_IPV6, IPV6_RECVTCLASS, 1],
      ...TIMES,
    ],
    sent: { IPV6_HOPLIMIT: 7, IPV6_TCLASS: 1, IPV6_PKTINFO: { addr: "::1" } },
    come: { IPV6_HOPLIMIT: 7, IPV6_TCLASS: 1, IPV6_PKTINFO: { addr: "::1", ifindex: 1 } },
    error: [IPPROTO_IPV6, IPV6_RECVERR],
    offender: ["::1", 0, 0, 0],
  },
];

/** Control messages by name, without what differs from one datagram to the next. */
function valuesOf(ancdata: AncillaryMessage[]): Record<string, unknown> {
  const known = ancdata.map(decodeControl).filter(({ name }) => name !== null);
  const entries = known.map((message) => [message.name, "value" in message && message.value]);
  const { SCM_TIMESTAMPNS, ...values } = Object.fromEntries(entries);
  assert.equal(typeof SCM_TIMESTAMPNS, "bigint");
  return values;
}

for (const { family, host, options, sent, come, error, offender } of KINDS) {
  const name = family === AF_INET ? "IPv4" : "IPv6";
  const ancdata = Object.entries(sent).map(([key, value]) =>
    encodeControl(key as keyof ControlInputs, value as never),
  );

  test(
    `${name}: what goes beside a datagram is the same from and to Python`,
    needsPython,
    async (t) => {
      await withPython(async (_unix, ask) => {
        const ours = socket(family, SOCK_DGRAM) as Socket<typeof AF_INET>;
        try {
          ours.bind([host, 0]);
        } catch {
          ours.close();
          t.skip(`no ${host}`);
          return;
        }
        for (const [level, option, value] of options) ours.setsockopt(level, option, value);
        const theirs: [string, number] = await ask("udp_open", family, host, options);

        await ours.sendmsg(["to Python"], ancdata, 0, theirs.slice(0, 2) as [string, number]);
        const [text, hex, flags]: [string, Hex, number] = await ask("udp_recv", family, 99, 999, 0);
        assert.deepEqual([text, flags], ["to Python", 0]);
        assert.deepEqual(valuesOf(bytesOf(hex)), come);

        await ask("udp_send", family, "from Python", hexOf(ancdata), ours.getsockname());
        const [data, got, msgFlags] = await ours.recvmsg(99, 999);
        assert.deepEqual([data.toString(), msgFlags], ["from Python", 0]);
        assert.deepEqual(valuesOf(got), come);
        ours.close();
      });
    },
  );

  test(`${name}: a refused datagram has the same story on both sides`, needsPython, async (t) => {
    await withPython(async (_unix, ask) => {
      const ours = socket(family, SOCK_DGRAM) as Socket<typeof AF_INET>;
      const refused = socket(family, SOCK_DGRAM) as Socket<typeof AF_INET>;
      try {
        refused.bind([host, 0]);
      } catch {
        ours.close();
        refused.close();
        t.skip(`no ${host}`);
        return;
      }
      const address = refused.getsockname();
      refused.close();
      ours.setsockopt(...error, 1);
      await ours.sendmsg(["story"], [], 0, address);
      const [data, got] = await ours.recvmsg(99, 999, MSG_ERRQUEUE);
      assert.equal(data.toString(), "story");

      await ask("udp_open", family, host, [[...error, 1]]);
      await ask("udp_send", family, "story", [], address);
      const [, hex]: [string, Hex] = await ask("udp_recv", family, 99, 999, MSG_ERRQUEUE);
      const isError = ([level, type]: [number, number, unknown]) =>
        level === error[0] && type === error[1];
      const [mine, its] = [got.filter(isError), bytesOf(hex).filter(isError)];
      const told = [...mine, ...its].map(decodeControl);
      assert.equal(told.length, 2);
      for (const message of told) {
        assert.ok(message.name === "IP_RECVERR" || message.name === "IPV6_RECVERR");
        assert.equal(message.value.errno, 111);
        assert.deepEqual(message.value.offender, offender);
      }
      ours.close();
    });
  });
}

test("times of each kind lie between those that were taken around them", needsPython, async () => {
  const SOFTWARE = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  const options = [
    [SO_TIMESTAMP, 1],
    [SO_TIMESTAMPNS, 1],
    [SO_TIMESTAMPING, SOFTWARE],
  ] as const;
  await withPython(async (_unix, ask) => {
    const address = await ask("udp_open", AF_INET, "127.0.0.1", []);
    assert.ok(address);
    for (const [option, value] of options) {
      const ours = socket(AF_INET, SOCK_DGRAM);
      ours.bind(["127.0.0.1", 0]);
      ours.setsockopt(SOL_SOCKET, option, value);
      let [before, after] = [0n, 0n];
      let time: bigint | undefined;
      // The kernel starts to take times a little after the option is set, so the first may have none.
      while (time === undefined) {
        before = BigInt(Date.now() - 2) * 1_000_000n;
        await ask("udp_send", AF_INET, "x", [], ours.getsockname());
        const [, ancdata] = await ours.recvmsg(1, 200);
        after = BigInt(Date.now() + 2) * 1_000_000n;
        time =
          findControl(ancdata, "SCM_TIMESTAMP") ??
          findControl(ancdata, "SCM_TIMESTAMPNS") ??
          findControl(ancdata, "SCM_TIMESTAMPING")?.software ??
          undefined;
      }
      assert.ok(time >= before && time <= after, `${before} ${time} ${after}`);
      ours.close();
    }
  });
});
