/** Kinds of sockets, and how one reaches another on the same machine. */
import { type AddressInput, constants, type Family, type SocketError } from "berkeley";
import * as sync from "berkeley/sync";

export interface Kind {
  readonly name: string;
  readonly family: Family;
  readonly type: number;
  readonly proto: number;
  /** What the server binds to, and the client if it has to. */
  readonly bind: AddressInput<Family>;
  readonly client: AddressInput<Family> | null;
  /** What the client connects to, given the server's name. */
  readonly to: (bound: readonly unknown[]) => unknown;
  /** What the server sees of the client, given the client's name. */
  readonly seen: (name: readonly unknown[]) => unknown;
  readonly connected: boolean;
  readonly listens: boolean;
  readonly data: Buffer;
}

const {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_RDS,
  AF_TIPC,
  AF_VSOCK,
  CAN_J1939,
  CAN_RAW,
  IPPROTO_SCTP,
  IPPROTO_UDPLITE,
  J1939_NO_NAME,
  J1939_NO_PGN,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  TIPC_ADDR_NAME,
  TIPC_ADDR_NAMESEQ,
  VMADDR_CID_LOCAL,
  VMADDR_PORT_ANY,
} = constants;

type Rest = Partial<Kind> & Pick<Kind, "bind">;

function kind(name: string, family: Family, type: number, proto: number, rest: Rest): Kind {
  const connected = rest.connected ?? (type === SOCK_STREAM || type === SOCK_SEQPACKET);
  return {
    ...{ name, family, type, proto, connected, listens: connected },
    ...{ client: null, to: (bound) => bound, seen: (name) => name, data: Buffer.from("hello") },
    ...rest,
  };
}

/** Each type has a service of its own, so that no test hears another's messages. */
function tipc(name: string, type: number): Kind {
  const service = 18888 + type;
  return kind(`AF_TIPC ${name}`, AF_TIPC, type, 0, {
    bind: [TIPC_ADDR_NAMESEQ, service, 0, 10],
    to: () => [TIPC_ADDR_NAME, service, 5, 0],
  });
}

function vsock(name: string, type: number): Kind {
  return kind(`AF_VSOCK ${name}`, AF_VSOCK, type, 0, {
    bind: [VMADDR_CID_LOCAL, VMADDR_PORT_ANY],
    client: [VMADDR_CID_LOCAL, VMADDR_PORT_ANY],
  });
}

/** struct can_frame: identifier, length, three bytes of padding, eight of data. */
export function canFrame(identifier: number, data: string): Buffer {
  const frame = Buffer.alloc(16);
  frame.writeUInt32LE(identifier);
  frame[4] = frame.write(data, 8);
  return frame;
}

const loopback = ["127.0.0.1", 0] as const;

export const kinds: readonly Kind[] = [
  tipc("SOCK_STREAM", SOCK_STREAM),
  tipc("SOCK_SEQPACKET", SOCK_SEQPACKET),
  tipc("SOCK_RDM", SOCK_RDM),
  tipc("SOCK_DGRAM", SOCK_DGRAM),
  kind("SCTP, one to one", AF_INET, SOCK_STREAM, IPPROTO_SCTP, { bind: loopback }),
  kind("SCTP, one to one, over IPv6", AF_INET6, SOCK_STREAM, IPPROTO_SCTP, { bind: ["::1", 0] }),
  kind("SCTP, one to many", AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP, {
    bind: loopback,
    client: loopback,
    connected: false,
    listens: true,
  }),
  kind("AF_RDS", AF_RDS, SOCK_SEQPACKET, 0, {
    bind: loopback,
    client: loopback,
    connected: false,
  }),
  vsock("SOCK_STREAM", SOCK_STREAM),
  vsock("SOCK_SEQPACKET", SOCK_SEQPACKET),
  kind("UDP-Lite", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, { bind: loopback, client: loopback }),
  kind("CAN_RAW", AF_CAN, SOCK_RAW, CAN_RAW, {
    bind: ["vcan0"],
    client: ["vcan0"],
    data: canFrame(0x123, "hello"),
  }),
  kind("CAN_J1939", AF_CAN, SOCK_DGRAM, CAN_J1939, {
    bind: ["vcan0", J1939_NO_NAME, J1939_NO_PGN, 0x20],
    client: ["vcan0", J1939_NO_NAME, J1939_NO_PGN, 0x10],
    to: () => ["vcan0", J1939_NO_NAME, 0x12300, 0x20],
    seen: ([ifname, name, , addr]) => [ifname, name, 0x12300, addr],
  }),
];

const NOT_THERE = new Set(["EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT"]);

/** The errors for no such interface, algorithm or local address. */
const NO_SUCH = new Set(["ENODEV", "ENOENT", "EADDRNOTAVAIL"]);

/** For the `skip` of a test: false, or what this kernel lacks. */
export function lacks(
  name: string,
  family: Family,
  type: number,
  proto = 0,
  address?: AddressInput<Family>,
): string | false {
  try {
    const sock = sync.socket(family, type, proto);
    try {
      if (address !== undefined) sock.bind(address);
    } finally {
      sock.close();
    }
    return false;
  } catch (error) {
    const { code } = error as SocketError;
    if (NOT_THERE.has(code)) return `this kernel has no ${name} (${code})`;
    if (NO_SUCH.has(code)) return `this kernel has no ${address} for ${name} (${code})`;
    throw error;
  }
}
