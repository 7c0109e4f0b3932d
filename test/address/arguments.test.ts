/** Wrong addresses: an error that names the argument, the bound and the value, before any system
 * call. The socket is closed, so that a call would say EBADF. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_MCTP,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_RDS,
  AF_TIPC,
  AF_VSOCK,
  BTPROTO_HCI,
  BTPROTO_L2CAP,
  BTPROTO_RFCOMM,
  BTPROTO_SCO,
  CAN_ISOTP,
  CAN_J1939,
  CAN_RAW,
  type Family,
  SOCK_DGRAM,
  type SocketError,
} from "berkeley";
import { socket } from "berkeley/sync";

type Row = [family: number, proto: number, address: unknown, error: RegExp];

const long = "x".repeat(16);
const bdaddr = "00:11:22:33:44:55";

const types: Row[] = [
  [AF_NETLINK, 0, [0], /AF_NETLINK address must be \[pid, groups\], got \[ 0 \]/],
  [AF_NETLINK, 0, ["0", 0], /pid must be an integer from 0 to 4294967295, got '0'/],
  [AF_PACKET, 0, ["lo"], /AF_PACKET address must be \[ifname, protocol, pkttype\?, hatype\?/],
  [AF_PACKET, 0, [1, 3], /interface name must be a string without NUL bytes, got 1/],
  [AF_PACKET, 0, ["l\0", 3], /interface name must be a string without NUL bytes/],
  [AF_PACKET, 0, ["lo", 3, 0, 0, 6], /addr must be a Uint8Array, .*got 6/],
  [AF_PACKET, 0, ["lo", 3, 0, 0, "0:0:0"], /addr must be a Uint8Array, .*got '0:0:0'/],
  [AF_VSOCK, 0, "1:2", /AF_VSOCK address must be \[cid, port\], got '1:2'/],
  [AF_CAN, CAN_RAW, "vcan0", /AF_CAN address must be \[ifname\], got 'vcan0'/],
  [AF_CAN, CAN_RAW, ["lo", 1, 2], /AF_CAN address must be \[ifname\]/],
  [AF_CAN, CAN_ISOTP, ["lo"], /CAN_ISOTP must be \[ifname, rxAddr, txAddr\]/],
  [AF_CAN, CAN_J1939, ["lo"], /CAN_J1939 must be \[ifname, name, pgn, addr\]/],
  [AF_CAN, CAN_J1939, ["lo", "1", 0, 0], /name must be a bigint or an integer .*got '1'/],
  [AF_TIPC, 0, [1, 2, 3], /AF_TIPC address must be \[addrType, v1, v2, v3, scope\?\]/],
  [AF_INET6, 0, ["::1\0", 1], /host must be a string without NUL bytes/],
  [AF_RDS, 0, ["127.0.0.1\0", 1], /host must be a string without NUL bytes/],
  [AF_RDS, 0, "127.0.0.1", /address must be \[host, port\], got '127.0.0.1'/],
  [AF_ALG, 0, ["hash"], /AF_ALG address must be \[type, name, feat\?, mask\?\]/],
  [AF_ALG, 0, ["hash", Buffer.from("x")], /name must be a string without NUL bytes/],
  [AF_ALG, 0, ["ha\0sh", "x"], /type must be a string without NUL bytes/],
  [AF_MCTP, 0, [AF_MCTP], /address of family 45 must be \[family, bytes\]/],
  [AF_MCTP, 0, [AF_MCTP, "x"], /address data must be a Uint8Array/],
  [AF_QIPCRTR, 0, [1], /AF_QIPCRTR address must be \[node, port\]/],
  [AF_BLUETOOTH, BTPROTO_L2CAP, [bdaddr], /BTPROTO_L2CAP must be \[bdaddr, psm, cid\?/],
  [AF_BLUETOOTH, BTPROTO_L2CAP, ["00:11", 1], /bdaddr must be a string such as .*got '00:11'/],
  [AF_BLUETOOTH, BTPROTO_RFCOMM, bdaddr, /BTPROTO_RFCOMM must be \[bdaddr, channel\]/],
  [AF_BLUETOOTH, BTPROTO_SCO, [bdaddr], /bdaddr must be a string such as/],
  [AF_BLUETOOTH, BTPROTO_SCO, `${bdaddr}:66`, /bdaddr must be a string such as .*:66'/],
  [AF_BLUETOOTH, BTPROTO_SCO, `:${bdaddr}`, /bdaddr must be a string such as .*':00/],
  [AF_BLUETOOTH, BTPROTO_HCI, "hci0", /BTPROTO_HCI must be devId or \[devId, channel\?\]/],
];

const ranges: Row[] = [
  [AF_NETLINK, 0, [-1, 0], /pid must be an integer from 0 to 4294967295, got -1/],
  [AF_PACKET, 0, [long, 3], /interface name must be at most 15 bytes, got 'x{16}'/],
  [AF_PACKET, 0, ["é".repeat(8), 3], /interface name must be at most 15 bytes/],
  [AF_PACKET, 0, ["lo", 65536], /protocol must be an integer from 0 to 65535, got 65536/],
  [AF_PACKET, 0, ["lo", 3, 256], /pkttype must be an integer from 0 to 255, got 256/],
  [AF_PACKET, 0, ["lo", 3, 0, 0, Buffer.alloc(9)], /addr must be at most 8 bytes, got <Buffer/],
  [AF_VSOCK, 0, [2 ** 32, 1], /cid must be an integer from 0 to 4294967295, got 4294967296/],
  [AF_VSOCK, 0, [1, 1.5], /port must be an integer from 0 to 4294967295, got 1.5/],
  [AF_CAN, CAN_RAW, [long], /interface name must be at most 15 bytes/],
  [AF_CAN, CAN_ISOTP, ["lo", -1, 0], /rxAddr must be an integer from 0 to 4294967295, got -1/],
  [AF_CAN, CAN_J1939, ["lo", -1n, 0, 0], /name must be .*2\^64 - 1, got -1n/],
  [AF_CAN, CAN_J1939, ["lo", 2n ** 64n, 0, 0], /name must be .*got 18446744073709551616n/],
  [AF_CAN, CAN_J1939, ["lo", 2 ** 53, 0, 0], /name must be .*got 9007199254740992/],
  [AF_CAN, CAN_J1939, ["lo", 0, 0, 256], /addr must be an integer from 0 to 255, got 256/],
  [AF_TIPC, 0, [4, 0, 0, 0], /addrType must be TIPC_ADDR_NAMESEQ .*got 4/],
  [AF_TIPC, 0, [1, 0, 0, 0, 128], /scope must be an integer from -128 to 127, got 128/],
  [AF_INET6, 0, ["::1", 1, 0x100000], /flowinfo must be an integer from 0 to 1048575/],
  [AF_INET6, 0, ["::1", 1, 0, 2 ** 32], /scopeId must be an integer from 0 to 4294967295/],
  [AF_RDS, 0, ["127.0.0.1", 65536], /port must be an integer from 0 to 65535, got 65536/],
  [AF_ALG, 0, ["x".repeat(14), ""], /type must be at most 13 bytes/],
  [AF_ALG, 0, ["hash", "x".repeat(64)], /name must be at most 63 bytes/],
  [AF_MCTP, 0, [65536, Buffer.alloc(6)], /family must be an integer from 0 to 65535/],
  [AF_MCTP, 0, [AF_MCTP, Buffer.alloc(127)], /address data must be at most 126 bytes/],
  [AF_QIPCRTR, 0, [0, -1], /port must be an integer from 0 to 4294967295, got -1/],
  [AF_BLUETOOTH, BTPROTO_L2CAP, [bdaddr, 65536], /psm must be an integer from 0 to 65535/],
  [AF_BLUETOOTH, BTPROTO_RFCOMM, [bdaddr, 256], /channel must be an integer from 0 to 255/],
  [AF_BLUETOOTH, BTPROTO_HCI, -1, /devId must be an integer from 0 to 65535, got -1/],
];

/** Says that it is of any family and protocol, and is closed. */
function closed(family: Family, proto: number) {
  using any = socket(AF_INET, SOCK_DGRAM);
  const sock = socket<Family>(family, SOCK_DGRAM, proto, { fileno: any.dup().detach() });
  sock.close();
  return sock;
}

for (const [kind, rows] of [
  [TypeError, types],
  [RangeError, ranges],
] as const) {
  for (const [family, proto, address, message] of rows) {
    test(`${kind.name}: ${message.source}`, () => {
      const sock = closed(family, proto);
      const wanted = (call: string) => ({ name: kind.name, message: new RegExp(`^${call}: `) });
      for (const [call, run] of [
        ["bind", () => sock.bind(address as never)],
        ["connect", () => sock.connect(address as never)],
        ["sendto", () => sock.sendto("", address as never)],
      ] as const) {
        assert.throws(run, wanted(call));
        assert.throws(run, message);
      }
    });
  }
}

test("the error of a call names the address that it was given", () => {
  const said: [family: number, proto: number, address: unknown, named: string[]][] = [
    [AF_INET6, 0, ["::1", 1, 0xfffff, 0xffffffff], ["::1", "1"]],
    [AF_NETLINK, 0, [1, 2], ["1", "2"]],
    [AF_VSOCK, 0, [1, 2], ["1", "2"]],
    [AF_QIPCRTR, 0, [1, 2], ["1", "2"]],
    [AF_PACKET, 0, ["lo", 3], ["lo"]],
    [AF_CAN, CAN_RAW, ["lo"], ["lo"]],
    [AF_TIPC, 0, [1, 2, 3, 4, 5], ["1:2:3:4"]],
    [AF_ALG, 0, ["hash", "sha1", 1, 2], ["hash:sha1"]],
    [AF_BLUETOOTH, BTPROTO_L2CAP, [bdaddr, 1], [bdaddr, "1"]],
    [AF_BLUETOOTH, BTPROTO_RFCOMM, [bdaddr, 1], [bdaddr, "1"]],
    [AF_BLUETOOTH, BTPROTO_SCO, bdaddr, [bdaddr]],
    [AF_BLUETOOTH, BTPROTO_HCI, 3, ["hci3"]],
    [AF_BLUETOOTH, BTPROTO_HCI, [3, 1], ["hci3"]],
    [AF_BLUETOOTH, 99, [AF_BLUETOOTH, Buffer.alloc(6)], []],
    [AF_MCTP, 0, [65535, Buffer.alloc(126)], []],
  ];
  for (const [family, proto, address, named] of said) {
    using any = socket(AF_INET, SOCK_DGRAM);
    using sock = socket<Family>(family, SOCK_DGRAM, proto, { fileno: any.dup().detach() });
    assert.throws(
      () => sock.bind(address as never),
      (error: SocketError) => {
        const found = (["address", "port"] as const).filter((key) => key in error);
        const values = found.map((key) => String(error[key]));
        assert.deepEqual([error.name, ...values], ["SocketError", ...named]);
        return true;
      },
    );
  }
});

test("an IPv6 host stands in brackets before its port, and a port of 0 is one", () => {
  using any = socket(AF_INET, SOCK_DGRAM);
  using sock = socket(AF_INET6, SOCK_DGRAM, 0, { fileno: any.dup().detach() });
  const [address, port] = ["::1", 0];
  const message = "bind EAFNOSUPPORT [::1]:0";
  assert.throws(() => sock.bind([address, port]), { message, address, port });
});

test("an interface that is not there has the kernel's errno", () => {
  const sock = closed(AF_PACKET, 0);
  assert.throws(
    () => sock.bind(["nosuch0", 3]),
    (error: SocketError) => {
      assert.deepEqual([error.name, error.code, error.syscall], ["SocketError", "ENODEV", "bind"]);
      assert.equal(error.message, "bind ENODEV nosuch0");
      assert.ok(!("address" in error)); // an interface is neither a host nor a path
      return true;
    },
  );
});
