/** Every row of the table: read, set and read back on a socket that fits it, and what Python reads
 * from the same descriptor. */
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { constants, type OptionRow, optionTable, SocketError } from "berkeley";
import { getOption, type Socket, setOption } from "berkeley/sync";
import { hasCapability } from "../support/capability.js";
import { python } from "../support/machine.js";
import { type Case, casesOf, elsewhere } from "./cases.js";
import { type Answer, type Asked, askPython } from "./python.js";
import { fittingSocket } from "./sockets.js";

/** By name and kind alone: the types are in test/types. */
const read = getOption as (target: Socket, name: string) => unknown;
const set = setOption as (target: Socket, name: string, value: unknown) => void;

const open: Asked[] = [];
after(() => {
  for (const { socket } of open) socket.close();
});

/** Why Python's answer is not asked for. */
const incomparable = [
  "TCP_TIMESTAMP", // another at every call
  "TCP_INFO", // so are its times
  "SO_GET_FILTER", // Python gives the length in bytes, so the kernel writes past the end
  "SO_VM_SOCKETS_CONNECT_TIMEOUT", // Python reads only 64 bits of a vsock option
];

/** Errors that reading may give, and why. */
const unreadable: Record<string, readonly string[]> = {
  SO_PEERSEC: ["ENOPROTOOPT"], // without a security module that labels sockets
  SO_ORIGINAL_DST: ["ENOPROTOOPT", "ENOENT", "ENOTCONN"], // without netfilter; not redirected
  IP6T_SO_ORIGINAL_DST: ["ENOPROTOOPT", "ENOENT", "ENOTCONN"],
};
/** What this kernel was built without, or is too old for, says ENOPROTOOPT. */
const optional = [
  "SO_BUSY_POLL",
  "SO_PREFER_BUSY_POLL",
  "SO_BUSY_POLL_BUDGET",
  "SO_INCOMING_NAPI_ID",
  "SO_NETNS_COOKIE",
  "SO_RCVMARK",
  "SO_RESERVE_MEM",
  "SO_TXREHASH",
  "IP_LOCAL_PORT_RANGE",
  "UDP_ENCAP",
  "CAN_RAW_XL_FRAMES",
  "NETLINK_LISTEN_ALL_NSID",
];

function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
}

/** Why it cannot be tried here, or nothing once it has been. */
function setAndRead(row: OptionRow, socket: Socket, one: Case): string | undefined {
  const code = attempt(() => set(socket, row.name, one.value));
  if (row.needs !== undefined && (code === "EPERM" || code === "EACCES")) {
    const mayDo = hasCapability(
      row.needs.startsWith("CAP_NET_RAW") ? "CAP_NET_RAW" : "CAP_NET_ADMIN",
    );
    assert.ok(!mayDo, `${code} in spite of ${row.needs}`);
    return `needs ${row.needs}`;
  }
  const because = one.why ?? `${row.name} of ${JSON.stringify(one.value)}`;
  if (one.fails !== undefined) {
    assert.ok(one.fails.includes(code ?? "none"), `${code}: ${because}`);
  } else if (code !== undefined) {
    assert.ok(one.mayFail?.includes(code), `${code}: ${because}`);
  } else if (row.access !== "set") {
    const got = read(socket, row.name);
    const right = one.anyOf?.includes(got) ? got : (one.reads ?? one.value);
    assert.deepEqual(got, right, because);
  }
  return undefined;
}

/** Why the option cannot be tried here, or nothing once it has been. */
function check(row: OptionRow): string | undefined {
  const socket = fittingSocket(row);
  if (typeof socket === "string") return socket;
  open.push({ row, socket });
  const isRead = row.access !== "set";
  const code = isRead ? attempt(() => read(socket, row.name)) : undefined;
  if (optional.includes(row.name) && code === "ENOPROTOOPT") return "not in this kernel";
  if (code !== undefined) assert.ok(unreadable[row.name]?.includes(code), code);
  if (row.access === "read") return undefined;
  for (const one of casesOf(row)) {
    const lacks = setAndRead(row, socket, one);
    if (lacks !== undefined) return lacks;
  }
  return undefined;
}

for (const row of optionTable) {
  if (elsewhere.has(row.name) || row.name.startsWith("MCAST_")) continue;
  test(`${row.name} is ${row.access}`, (t) => {
    const lacks = check(row);
    if (lacks !== undefined) t.skip(lacks);
  });
}

/** Our value in the form of Python's answer. */
function asAnswer(row: OptionRow, value: unknown): unknown {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  const ofKind: Record<string, (value: never) => unknown> = {
    uint: (number: number) => [number | 0],
    bits: (number: number) => [number | 0],
    bool: (flag: boolean) => [Number(flag)],
    id64: (id: bigint) => [Number(id)],
    linger: ({ onoff, seconds }: { onoff: boolean; seconds: number }) => [Number(onoff), seconds],
    timeval: (seconds: number) => [Math.floor(seconds), Math.round((seconds % 1) * 1e6)],
    uint64: (number: number) => [number === Number.POSITIVE_INFINITY ? 2 ** 64 : number],
    bytes: hex,
  };
  const form = ofKind[row.kind];
  if (form !== undefined) return form(value as never);
  if (Array.isArray(value) || typeof value === "string") return value;
  return typeof value === "object" ? Object.values(value as object) : [value];
}

/** Texts end at the NUL; what has no form in Python is compared as the bytes of our own call. */
function expected({ row, socket }: Asked, answer: Answer): unknown {
  if (typeof answer !== "string" || row.kind === "bytes") {
    return asAnswer(row, read(socket, row.name));
  }
  const [level, name] = [constants[row.level] as number, constants[row.name] as number];
  return socket.getsockopt(level, name, 1024).toString("hex");
}

function compare(asked: Asked, answer: Answer): void {
  if (typeof answer === "object" && "errno" in answer) {
    assert.throws(() => read(asked.socket, asked.row.name), { errno: -answer.errno });
  } else {
    const flat = asked.row.kind === "bool" ? [Number((answer as number[])[0] !== 0)] : answer;
    assert.deepEqual(expected(asked, answer), flat, asked.row.name);
  }
}

test("Python reads the same from the same descriptors", (t) => {
  const asked = open.filter(({ row }) => row.access !== "set" && !incomparable.includes(row.name));
  const answers = askPython(asked);
  if (answers === undefined) return t.skip(`there is no ${python}`);
  assert.ok(asked.length > 100, `${asked.length} options`);
  for (const [i, one] of asked.entries()) compare(one, answers[i] as Answer);
});
