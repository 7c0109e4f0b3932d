import assert from "node:assert/strict";
import { hostname } from "node:os";
import test, { describe } from "node:test";
import { NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV } from "berkeley";
import { faces, outcome } from "../support/faces.js";

const NUMERIC = NI_NUMERICHOST | NI_NUMERICSERV;
/** TEST-NET-1 (RFC 5737): nobody's address, so nobody's name. */
const NOBODY = "192.0.2.1";

for (const [name, net] of faces) {
  describe(`the resolver of ${name}`, () => {
    test("getnameinfo gives numbers, whatever form they come in", async () => {
      assert.deepEqual(await net.getnameinfo(["127.0.0.1", 80], NUMERIC), ["127.0.0.1", "80"]);
      assert.deepEqual(await net.getnameinfo(["127.1", 0], NUMERIC), ["127.0.0.1", "0"]);
      assert.deepEqual(await net.getnameinfo(["::1", 65535], NUMERIC), ["::1", "65535"]);
      const scoped = ["fe80::1%lo", "80"];
      assert.deepEqual(await net.getnameinfo(["fe80::1", 80, 0, 1], NUMERIC), scoped);
      assert.deepEqual(await net.getnameinfo(["fe80::1%lo", 80], NUMERIC), scoped);
    });

    test("getnameinfo gives the hosts file's name", async () => {
      const [host] = await net.getnameinfo(["127.0.0.1", 80]);
      assert.equal(host, "localhost");
    });

    test("getnameinfo refuses a name, and an address that has none where one is asked for", async () => {
      for (const [host, flags] of [
        ["localhost", 0],
        ["", 0],
        [NOBODY, NI_NAMEREQD],
      ] as const) {
        const call = () => net.getnameinfo([host, 80], flags);
        const where = host === NOBODY ? { address: host, port: 80 } : { address: host };
        await assert.rejects(outcome(call), {
          name: "GaiError",
          syscall: "getnameinfo",
          ...where,
        });
      }
    });

    test("getnameinfo names a wrong part of the address", async () => {
      const wrong: [unknown, RegExp][] = [
        ["127.0.0.1", /^TypeError: getnameinfo: address/],
        [["127.0.0.1"], /^TypeError: getnameinfo: address/],
        [["127.0.0.1", 80, 0, 0], /^TypeError: getnameinfo: an AF_INET address/],
        [["::1", 80, 0x100000], /^RangeError: getnameinfo: flowinfo/],
        [["::1", 65536], /^RangeError: getnameinfo: port/],
        [[null, 80], /^TypeError: getnameinfo: host/],
      ];
      for (const [address, message] of wrong) {
        await assert.rejects(
          outcome(() => net.getnameinfo(address as never, 0)),
          message,
        );
      }
    });

    test("gethostbyname takes what an address of a socket takes", async () => {
      for (const [host, address] of [
        ["localhost", "127.0.0.1"],
        ["127.1", "127.0.0.1"],
        ["", "0.0.0.0"],
        ["<broadcast>", "255.255.255.255"],
      ] as const) {
        assert.equal(await net.gethostbyname(host), address);
        assert.equal(await net.gethostbyname(Buffer.from(host)), address);
      }
      const call = () => net.gethostbyname("::1");
      await assert.rejects(outcome(call), { name: "GaiError", code: "EAI_ADDRFAMILY" });
    });

    test("a host in another script is a name, and no URL that begins with a host", async () => {
      using sock = net.socket(net.AF_INET, net.SOCK_DGRAM);
      for (const host of ["127.0.0.1/ü", "127.0.0.1?ü", "%31%32%37.0.0.1/ü", "127.0.0.1。"]) {
        const send = () => sock.sendmmsg([{ contents: "x", destination: [host, 1] }]);
        await assert.rejects(outcome(send), /destination must be a numeric address/); // and no look-up
      }
    });

    test("gethostbynameEx and gethostbyaddr give name, aliases and addresses", async () => {
      const [host, aliases, addresses] = await net.gethostbynameEx("localhost");
      assert.equal(host, "localhost");
      assert.ok(Array.isArray(aliases) && addresses.includes("127.0.0.1"));
      assert.deepEqual(await net.gethostbynameEx("127.0.0.1"), ["127.0.0.1", [], ["127.0.0.1"]]);
      const byAddress = await net.gethostbyaddr("127.0.0.1");
      assert.equal(byAddress[0], "localhost");
      assert.deepEqual(byAddress[2], ["127.0.0.1"]);
      assert.deepEqual(await net.gethostbyaddr("localhost"), byAddress);
    });

    test("what h_errno says is a GaiError with the resolver's codes", async () => {
      const call = () => net.gethostbynameEx("");
      await assert.rejects(outcome(call), {
        name: "GaiError",
        code: "EAI_FAIL",
        errno: net.EAI_FAIL,
        syscall: "gethostbyname",
        message: 'gethostbyname EAI_FAIL ""',
      });
    });

    test("gethostbynameEx refuses an IPv6 address as gethostbyname does", async () => {
      for (const call of [net.gethostbyname, net.gethostbynameEx]) {
        for (const host of ["::1", "fe80::1%lo"]) {
          const code = "EAI_ADDRFAMILY";
          await assert.rejects(
            outcome(() => call(host)),
            { name: "GaiError", code },
          );
        }
      }
    });

    test("a name with a NUL byte or of the wrong type is a TypeError", async () => {
      for (const host of ["a\0b", 1, null, undefined, ["localhost"]]) {
        for (const call of [net.gethostbyname, net.gethostbynameEx, net.gethostbyaddr]) {
          await assert.rejects(
            outcome(() => call(host as never)),
            TypeError,
          );
        }
      }
    });

    test("getfqdn is the first name with a dot, or the name", async () => {
      const own = await net.getfqdn();
      assert.equal(await net.getfqdn(hostname()), own);
      for (const any of ["", "0.0.0.0", "::"]) assert.equal(await net.getfqdn(any), own);
      assert.equal(await net.getfqdn("  localhost "), await net.getfqdn("127.0.0.1"));
    });

    test("gethostname is the system's", () => assert.equal(net.gethostname(), hostname()));
  });
}
