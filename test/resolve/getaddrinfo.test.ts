import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { getEventListeners } from "node:events";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import test, { describe } from "node:test";
import * as berkeley from "berkeley";
import {
  AF_INET,
  AF_INET6,
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "berkeley";
import { faces, outcome } from "../support/faces.js";
import { Directory, root } from "../support/machine.js";
import { THREADS, withFullPool } from "../support/thread-pool.js";

const withoutServices = existsSync("/etc/services") ? false : "no /etc/services on this machine";
const LOOPBACK = [[AF_INET, SOCK_STREAM, 6, "", ["127.0.0.1", 80]]];

for (const [name, net] of faces) {
  describe(`getaddrinfo of ${name}`, () => {
    test("any family, type and protocol by default", async () => {
      assert.deepEqual(await net.getaddrinfo("127.0.0.1", 80), [
        [AF_INET, 1, 6, "", ["127.0.0.1", 80]],
        [AF_INET, 2, 17, "", ["127.0.0.1", 80]],
        [AF_INET, 3, 0, "", ["127.0.0.1", 80]],
      ]);
      const [row] = await net.getaddrinfo("::1", 80);
      assert.deepEqual(row, [AF_INET6, 1, 6, "", ["::1", 80, 0, 0]]);
    });

    test("takes names and services, as text and as bytes", { skip: withoutServices }, async () => {
      for (const host of ["localhost", Buffer.from("localhost")]) {
        for (const port of [80, "80", "http", Buffer.from("http")]) {
          assert.deepEqual(await net.getaddrinfo(host, port, AF_INET, SOCK_STREAM), LOOPBACK);
        }
      }
    });

    test("no service is port 0, and no host the loopback address", async () => {
      for (const none of [null, 0, undefined as never]) {
        const [row] = await net.getaddrinfo("::1", none, AF_INET6, SOCK_STREAM);
        assert.deepEqual(row, [AF_INET6, SOCK_STREAM, 6, "", ["::1", 0, 0, 0]]);
      }
      for (const none of [null, undefined as never]) {
        assert.deepEqual(await net.getaddrinfo(none, 80, AF_INET, SOCK_STREAM), LOOPBACK);
      }
    });

    test("AI_CANONNAME names the first row", async () => {
      const rows = await net.getaddrinfo("127.0.0.1", 80, AF_INET, 0, 0, AI_CANONNAME);
      assert.deepEqual(
        rows.map((row) => row[3]),
        ["127.0.0.1", "", ""],
      );
    });

    test("an error names the service that there is not, or the family that the host is not of", async () => {
      const refused: [() => unknown, string][] = [
        [() => net.getaddrinfo("127.0.0.1", "no-service"), "EAI_SERVICE 127.0.0.1:no-service"],
        [() => net.getaddrinfo(null, "no-service"), "EAI_SERVICE no-service"],
        [() => net.getaddrinfo("localhost", 80, 0, 0, 0, AI_NUMERICHOST), "ENOTFOUND localhost"],
        [
          () => net.createConnection(["127.0.0.1", "no-service" as never]),
          "EAI_SERVICE 127.0.0.1:no-service",
        ],
        [
          () => net.createServer(["::1", 0]),
          "EAI_ADDRFAMILY ::1: it has no address of AF_INET, the socket's family",
        ],
      ];
      for (const [call, message] of refused) {
        await assert.rejects(outcome(call), { message: `getaddrinfo ${message}` });
      }
    });

    test("what the resolver refuses is a GaiError", async () => {
      const refused: [() => Promise<unknown>, string, number][] = [
        [() => net.getaddrinfo("localhost", 80, 0, 0, 0, AI_NUMERICHOST), "ENOTFOUND", -2],
        [() => net.getaddrinfo(null, null), "ENOTFOUND", -2],
        [() => net.getaddrinfo("127.0.0.1", 80, 12345), "EAI_FAMILY", -6],
        [() => net.getaddrinfo("127.0.0.1", 80, 0, 12345), "EAI_SOCKTYPE", -7],
        [() => net.getaddrinfo("127.0.0.1", "no such service"), "EAI_SERVICE", -8],
        [() => net.getaddrinfo("127.0.0.1", 80, 0, 0, 0, 1 << 30), "EAI_BADFLAGS", -1],
      ];
      for (const [call, code, errno] of refused) {
        await assert.rejects(outcome(call), (error) => {
          assert.ok(error instanceof net.GaiError);
          const { syscall } = error;
          assert.deepEqual([error.code, error.errno, syscall], [code, errno, "getaddrinfo"]);
          return true;
        });
      }
    });

    test("a wrong argument is named", async () => {
      const wrong: [() => Promise<unknown>, RegExp][] = [
        [() => net.getaddrinfo(1 as never, 80), /^TypeError: getaddrinfo: host must be/],
        [() => net.getaddrinfo("a\0b", 80), /^TypeError: getaddrinfo: host must be/],
        [() => net.getaddrinfo(Buffer.from([0xff]), 80), /^TypeError: getaddrinfo: host/],
        [() => net.getaddrinfo("x", 65536), /^RangeError: getaddrinfo: port .* got 65536/],
        [() => net.getaddrinfo("x", 1.5), /^RangeError: getaddrinfo: port/],
        [() => net.getaddrinfo("x", 80, "inet" as never), /^TypeError: getaddrinfo: family/],
      ];
      for (const [call, message] of wrong) await assert.rejects(outcome(call), message);
    });
  });
}

test("berkeley's look-ups take options behind the last argument, and leave the loop alone", () =>
  withFullPool(async () => {
    const { getaddrinfo, getfqdn, gethostbyaddr, gethostbyname, gethostbynameEx, getnameinfo } =
      berkeley;
    const controller = new AbortController();
    const { signal } = controller;
    const pending = [
      getaddrinfo("localhost", 80, { signal }),
      getaddrinfo("localhost", 80, AF_INET, SOCK_STREAM, 0, 0, { signal }),
      getnameinfo(["127.0.0.1", 80], { signal }),
      getnameinfo(["127.0.0.1", 80], 0, { signal }),
      gethostbyname("localhost", { signal }),
      gethostbynameEx("localhost", { signal }),
      gethostbyaddr("127.0.0.1", { signal }),
      getfqdn({ signal }),
      getfqdn("localhost", { signal }),
      berkeley.createConnection(["localhost", 9], { signal }),
      berkeley.createConnection(["localhost", 9], { timeout: 9 }, { signal }),
    ];
    const reason = new Error("enough");
    setImmediate(() => controller.abort(reason));
    const settled = await Promise.allSettled(pending);
    assert.deepEqual(
      settled.map((one) => one.status === "rejected" && one.reason),
      pending.map(() => reason),
    );
    await assert.rejects(getaddrinfo("localhost", 80, { signal }), reason);
    await assert.rejects(getfqdn({ signal: "no" as never }), /^TypeError: getfqdn: signal/);
    await assert.rejects(
      berkeley.createConnection(["127.0.0.1", 9], {}, { signal: null as never }),
      /^TypeError: createConnection: signal/,
    );
  }));

test("numbers are nobody's to look up: they do not wait for a thread", () =>
  withFullPool(async () => {
    const rows = await berkeley.getaddrinfo("127.0.0.1", "80", AF_INET, SOCK_STREAM);
    assert.deepEqual(rows, LOOPBACK);
    assert.deepEqual(await berkeley.getaddrinfo(null, 80, AF_INET, SOCK_STREAM), LOOPBACK);
    const numbers = NI_NUMERICHOST | NI_NUMERICSERV;
    assert.deepEqual(await berkeley.getnameinfo(["::1", 80], numbers), ["::1", "80"]);
    const listener = berkeley.createServer(["127.0.0.1", 0]);
    const connection = await berkeley.createConnection(listener.getsockname());
    assert.deepEqual(connection.getpeername(), listener.getsockname());
    connection.close();
    listener.close();
    const udp = berkeley.socket(AF_INET, SOCK_DGRAM);
    const udp6 = berkeley.socket(AF_INET6, SOCK_DGRAM);
    // Forms that inet_pton(3) does not know.
    assert.equal(await udp.sendto("x", ["127.1", 9]), 1);
    assert.equal(await udp.sendmmsg([{ contents: "x", destination: ["0X7F.1", 9] }]), 1);
    const unreachable = ["ENETUNREACH", "EADDRNOTAVAIL"];
    await udp6
      .connect(["fe80::1%lo", 9])
      .catch(({ code }) => assert.ok(unreachable.includes(code)));
    await assert.rejects(udp6.sendmmsg([{ contents: "x", destination: ["name%lo", 9] }]), {
      message: /destination must be a numeric address/,
    });
    udp.close();
    udp6.close();
    const signal = AbortSignal.abort();
    await assert.rejects(berkeley.getaddrinfo("127.0.0.1", 80, { signal }), { name: "AbortError" });
  }));

test("look-ups leave half of the thread pool to others, and are not all in its queue", async () => {
  let told = 0;
  const all: Promise<void>[] = [];
  await withFullPool(async (letOneGo) => {
    for (let i = 0; i < 100; i++) {
      all.push(berkeley.getaddrinfo("localhost", 80).then(() => void told++));
    }
    const other = stat("/"); // the one thread takes what there is in its order
    letOneGo();
    await other;
    assert.ok(told <= Math.ceil(THREADS / 2), `${told} were made before`);
  });
  await Promise.all(all);
  assert.equal(told, 100);
});

const ONE_THREAD = `
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { getaddrinfo } from "berkeley";
const fifo = process.argv[1];
execFileSync("mkfifo", [fifo]);
const reader = open(fifo); // holds the thread
let told = 0;
const all = [1, 2, 3].map(() => getaddrinfo("localhost", 80).then(() => void told++));
const other = stat("/");
const writer = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
await other;
const first = told;
await all[0];
await stat("/"); // behind the second, and before the third
console.log(first, told);
await Promise.all([...all, reader.then((file) => file.close())]);
closeSync(writer);
`;

test("a thread pool without a number has one thread, and one look-up at a time", () => {
  using folder = new Directory();
  for (const size of ["0", ""]) {
    const args = ["--input-type=module", "-e", ONE_THREAD, join(folder.path, `fifo${size}`)];
    const env = { ...process.env, UV_THREADPOOL_SIZE: size };
    const told = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", env });
    assert.equal(told, "1 2\n");
  }
});

test("of a thread pool of less than none look-ups are made all the same", () => {
  const program = `
    import { getaddrinfo } from "berkeley";
    await getaddrinfo("localhost", 80);
    console.log("made");`;
  const args = ["--input-type=module", "-e", program];
  const env = { ...process.env, UV_THREADPOOL_SIZE: "-1" };
  const said = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", env });
  assert.equal(said, "made\n");
});

test("a look-up that is over is not told of its signal any more", async () => {
  const { signal } = new AbortController();
  const asking = berkeley.getaddrinfo("localhost", 80, { signal });
  assert.equal(getEventListeners(signal, "abort").length, 1);
  await asking;
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a signal that aborts while a look-up's arguments are read ends it", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const address = Object.defineProperty(["127.0.0.1", 80], 1, {
    get() {
      controller.abort();
      return 80;
    },
  });
  const asking = berkeley.getnameinfo(address as never, { signal });
  await assert.rejects(asking, { name: "AbortError" });
});

test("look-ups that are aborted before they begin leave the others to be made", async () => {
  const controllers = Array.from({ length: 20 }, () => new AbortController());
  let all: Promise<unknown>[] = [];
  await withFullPool(async () => {
    all = controllers.map(({ signal }) => berkeley.getaddrinfo("localhost", 80, { signal }));
    for (const [i, controller] of controllers.entries()) if (i % 2 === 1) controller.abort();
    await Promise.allSettled(all.filter((_, i) => i % 2 === 1));
  });
  const outcomes = (await Promise.allSettled(all)).map(({ status }) => status);
  assert.deepEqual(outcomes, Array(10).fill(["fulfilled", "rejected"]).flat());
});

test("hosts in all forms of numbers, and with all flags, come to the same in both faces", async () => {
  const hosts = [null, "0", "127.1", "0x7f.1", "1.2.3.4", "010.0.0.1", "::", "::1%lo"];
  hosts.push("fe80::1%lo", "fe80::1%7", "::ffff:1.2.3.4", "localhost");
  const flags = [0, AI_PASSIVE, AI_NUMERICHOST, AI_NUMERICSERV, AI_CANONNAME, AI_V4MAPPED | AI_ALL];
  for (const host of hosts) {
    for (const port of [null, 80, "80", "http", "-1"]) {
      for (const family of [0, AF_INET, AF_INET6]) {
        for (const flag of [...flags, AI_ADDRCONFIG]) {
          const args = [host, port, family, 0, 0, flag] as const;
          const [one, other] = await Promise.allSettled(
            faces.map(([, net]) => outcome(() => net.getaddrinfo(...args))),
          );
          assert.deepEqual(one, other, String(args));
        }
      }
    }
  }
});
