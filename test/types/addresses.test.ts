/** What must not compile. Each line behind `@ts-expect-error` is one that the compiler refuses; if
 * it came to take one, the directive itself would be the error. Nothing here runs but the test at
 * the end. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  type AddressInfo,
  type AddressInput,
  type AddressOf,
  type AF_ALG,
  type AF_BLUETOOTH,
  type AF_CAN,
  AF_INET,
  type AF_INET6,
  type AF_NETLINK,
  type AF_PACKET,
  type AF_QIPCRTR,
  type AF_RDS,
  type AF_TIPC,
  type AF_UNIX,
  type AF_VSOCK,
  type AF_X25,
  type Family,
  type OtherAddress,
  type Socket,
  socket,
} from "berkeley";
import type { Socket as SyncSocket } from "berkeley/sync";

type Sock<F extends Family> = Socket<F>;

/** The compiler's word that two types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_ extends true>(): void => undefined;

/** An address of each family is refused by every other that has another form. */
export function families(
  inet: Sock<typeof AF_INET>,
  inet6: Sock<typeof AF_INET6>,
  unix: Sock<typeof AF_UNIX>,
  netlink: Sock<typeof AF_NETLINK>,
  packet: Sock<typeof AF_PACKET>,
  vsock: Sock<typeof AF_VSOCK>,
  can: Sock<typeof AF_CAN>,
): void {
  inet.bind(["127.0.0.1", 80]);
  // @ts-expect-error a Unix path
  inet.bind("/tmp/socket");
  // @ts-expect-error an address of AF_INET6
  inet.bind(["::1", 80, 0, 0]);
  // @ts-expect-error a port as text
  inet.bind(["127.0.0.1", "80"]);
  // @ts-expect-error no port
  inet.bind(["127.0.0.1"]);
  // @ts-expect-error no tuple
  inet.bind({ host: "127.0.0.1", port: 80 });

  inet6.bind(["::1", 80]);
  inet6.bind(["::1", 80, 0, 1]);
  // @ts-expect-error the scope is a number
  inet6.bind(["fe80::1", 80, 0, "eth0"]);
  // @ts-expect-error one too many
  inet6.bind(["::1", 80, 0, 0, 0]);

  unix.bind("/tmp/socket");
  unix.bind(Buffer.from("/tmp/socket"));
  // @ts-expect-error an Internet address
  unix.connect(["127.0.0.1", 80]);
  // @ts-expect-error null is no address
  unix.connect(null);

  netlink.bind([0, 0]);
  // @ts-expect-error the groups are missing
  netlink.bind([0]);
  // @ts-expect-error an Internet address
  netlink.bind(["127.0.0.1", 80]);

  packet.bind(["lo", 3]);
  packet.sendto("", ["lo", 0x0800, 0, 1, new Uint8Array(6)]);
  // @ts-expect-error the protocol is missing
  packet.bind(["lo"]);
  // @ts-expect-error a hardware address is bytes
  packet.sendto("", ["lo", 0x0800, 0, 1, "ff:ff:ff:ff:ff:ff"]);

  vsock.connect([1, 1234]);
  // @ts-expect-error a host
  vsock.connect(["localhost", 1234]);

  can.bind(["vcan0"]);
  can.bind(["vcan0", 0x123, 0x321]);
  can.bind(["vcan0", 0n, 0x12300, 0x20]);
  // @ts-expect-error the name alone
  can.bind("vcan0");
  // @ts-expect-error half of ISO-TP's form
  can.bind(["vcan0", 0x123]);
}

export function rarerFamilies(
  tipc: Sock<typeof AF_TIPC>,
  rds: Sock<typeof AF_RDS>,
  alg: Sock<typeof AF_ALG>,
  qipcrtr: Sock<typeof AF_QIPCRTR>,
  bluetooth: Sock<typeof AF_BLUETOOTH>,
  other: Sock<typeof AF_X25>,
): void {
  tipc.bind([1, 18888, 0, 10]);
  tipc.bind([1, 18888, 0, 10, 2]);
  // @ts-expect-error Python's form has four numbers at least
  tipc.bind([1, 18888, 0]);

  rds.bind(["127.0.0.1", 4000]);
  // @ts-expect-error an address of AF_INET6
  rds.bind(["::1", 4000, 0, 0]);

  alg.bind(["hash", "sha256"]);
  // @ts-expect-error the name is missing
  alg.bind(["hash"]);
  // @ts-expect-error flags are numbers
  alg.bind(["hash", "sha256", "feat"]);

  qipcrtr.bind([1, 2]);
  // @ts-expect-error an address of AF_ALG
  qipcrtr.bind(["hash", "sha256"]);

  bluetooth.connect(["00:11:22:33:44:55", 3]);
  bluetooth.connect("00:11:22:33:44:55");
  bluetooth.bind([0, 1]);
  bluetooth.bind(0);
  // @ts-expect-error an address of AF_PACKET
  bluetooth.bind(["hci0", 3, 0, 0, new Uint8Array(6)]);
  // @ts-expect-error a device is a number
  bluetooth.bind([[0]]);

  other.bind([9, Buffer.alloc(4)]);
  // @ts-expect-error a family without a row takes any family's form, and no object
  other.bind({ family: 9 });
}

/** The options object stands last in `berkeley`, and nowhere in `berkeley/sync`. */
export function options(
  later: Socket<typeof AF_INET>,
  now: SyncSocket<typeof AF_INET>,
  signal: AbortSignal,
): void {
  later.recv(1, { signal });
  later.recv(1, 0, { signal });
  later.accept({ signal });
  later.connect(["127.0.0.1", 80], { signal });
  later.sendto("", ["127.0.0.1", 80], { signal });
  // @ts-expect-error behind the last argument, not before it
  later.recv({ signal }, 1);
  // @ts-expect-error an unknown option
  later.recv(1, { sginal: signal });
  // @ts-expect-error a blocking call has no signal
  now.recv(1, { signal });
  // @ts-expect-error a blocking call has no signal
  now.recv(1, 0, { signal });
  // @ts-expect-error a blocking call has no signal
  now.accept({ signal });
  // @ts-expect-error a blocking call has no signal
  now.connect(["127.0.0.1", 80], { signal });
  // @ts-expect-error a blocking call has no signal
  now.sendall("", { signal });
}

/** Calls that a type lacks. */
export function calls(
  later: Socket<typeof AF_INET>,
  now: SyncSocket<typeof AF_INET>,
  [peer]: AddressOf<typeof AF_INET>,
): void {
  // @ts-expect-error a Promise is no Buffer
  later.recv(1).length;
  // @ts-expect-error a Buffer is no Promise
  now.recv(1).then(() => undefined);
  // @ts-expect-error only the blocking face iterates in place
  for (const _ of later) break;
  // @ts-expect-error Python's spelling
  later.recv_into(Buffer.alloc(1));
  // @ts-expect-error read-only
  later.timeout = 1;
  // @ts-expect-error a null pointer needs its length
  later.setsockopt(0, 0, null);
  // @ts-expect-error a string cannot be read into
  later.recvInto("text");
  // @ts-expect-error a host is no number
  peer.toFixed();
  // @ts-expect-error the sender may be null
  now.recvfrom(1)[1].length;
}

/** A row's family tells of which form its address is. */
export function rows([family, type, proto, , address]: AddressInfo): void {
  socket(family, type, proto).bind(address);
  const [host, port] = address;
  socket(AF_INET).bind([host, port]);
  // @ts-expect-error maybe of IPv6
  socket(AF_INET).bind(address);
  if (family === AF_INET) socket(AF_INET).bind(address);
  else address[3].toFixed();
}

/** What comes out, to the letter. */
export function outputs(): void {
  same<Same<AddressOf<typeof AF_INET>, [host: string, port: number]>>();
  same<Same<AddressOf<typeof AF_RDS>, AddressOf<typeof AF_INET>>>();
  same<Same<AddressOf<typeof AF_UNIX>, string | Buffer>>();
  same<Same<AddressOf<typeof AF_VSOCK>, [cid: number, port: number]>>();
  same<OtherAddress extends AddressOf<typeof AF_X25> ? true : false>();
  same<Same<AddressOf<typeof AF_PACKET>[4], Buffer>>();
  same<Same<Extract<AddressOf<typeof AF_CAN>, { length: 4 }>[1], bigint>>();
  // What comes out goes in.
  type Fits<F extends Family> = AddressOf<F> extends AddressInput<F> ? true : false;
  same<Fits<typeof AF_INET>>();
  same<Fits<typeof AF_INET6>>();
  same<Fits<typeof AF_UNIX>>();
  same<Fits<typeof AF_NETLINK>>();
  same<Fits<typeof AF_PACKET>>();
  same<Fits<typeof AF_CAN>>();
  same<Fits<typeof AF_TIPC>>();
  same<Fits<typeof AF_ALG>>();
  same<Fits<typeof AF_BLUETOOTH>>();
  same<Fits<Family>>();
}

test("what must not compile did not, and the rest did", () => {
  for (const compiled of [families, rarerFamilies, options, calls, rows, outputs]) {
    assert.equal(typeof compiled, "function");
  }
});
