/** The families and protocols that a distribution's kernel may lack, tested on a kernel that has them:
 * `npm run test:kernel`. On any other, what is missing is skipped by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";

const {
  AF_ALG,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_RDS,
  AF_TIPC,
  AF_VSOCK,
  CAN_BCM,
  CAN_J1939,
  CAN_RAW,
  IPPROTO_SCTP,
  IPPROTO_UDPLITE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} = berkeley;

interface Kind {
  name: string;
  family: number;
  type: number;
  proto?: number;
  /** What SO_PROTOCOL gives, if it is not the protocol. */
  reads?: number;
  /** Whether socketpair(2) makes two of them. */
  paired?: boolean;
}

// Linux notes the protocol of a CAN socket only if the protocol's module does (J1939).
const KINDS: readonly Kind[] = [
  { name: "AF_TIPC SOCK_RDM", family: AF_TIPC, type: SOCK_RDM, paired: true },
  { name: "AF_TIPC SOCK_DGRAM", family: AF_TIPC, type: SOCK_DGRAM, paired: true },
  { name: "AF_TIPC SOCK_SEQPACKET", family: AF_TIPC, type: SOCK_SEQPACKET, paired: true },
  { name: "AF_TIPC SOCK_STREAM", family: AF_TIPC, type: SOCK_STREAM, paired: true },
  { name: "AF_CAN CAN_RAW", family: AF_CAN, type: SOCK_RAW, proto: CAN_RAW, reads: 0 },
  { name: "AF_CAN CAN_BCM", family: AF_CAN, type: SOCK_DGRAM, proto: CAN_BCM, reads: 0 },
  { name: "AF_CAN CAN_J1939", family: AF_CAN, type: SOCK_DGRAM, proto: CAN_J1939 },
  { name: "AF_RDS SOCK_SEQPACKET", family: AF_RDS, type: SOCK_SEQPACKET },
  { name: "AF_ALG", family: AF_ALG, type: SOCK_SEQPACKET },
  { name: "AF_VSOCK SOCK_STREAM", family: AF_VSOCK, type: SOCK_STREAM },
  { name: "AF_VSOCK SOCK_SEQPACKET", family: AF_VSOCK, type: SOCK_SEQPACKET },
  { name: "SCTP, one to one", family: AF_INET, type: SOCK_STREAM, proto: IPPROTO_SCTP },
  { name: "SCTP, one to many", family: AF_INET6, type: SOCK_SEQPACKET, proto: IPPROTO_SCTP },
  { name: "UDP-Lite", family: AF_INET, type: SOCK_DGRAM, proto: IPPROTO_UDPLITE },
];

const NOT_THERE = new Set(["EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT"]);

/** False, or why this kernel makes no such socket. */
function missing({ name, family, type, proto }: Kind): string | false {
  try {
    sync.socket(family, type, proto).close();
    return false;
  } catch (error) {
    const { code } = error as berkeley.SocketError;
    if (NOT_THERE.has(code)) return `this kernel has no ${name} (${code})`;
    throw error;
  }
}

for (const kind of KINDS) {
  const { name, family, type, proto = 0, reads = proto, paired } = kind;
  const skip = missing(kind);
  for (const [face, { socket, socketpair }] of Object.entries({ berkeley, sync })) {
    test(`${name} (${face}): a socket says what it is`, { skip }, () => {
      const one = socket(family, type, proto);
      // Another object on a copy of the descriptor, which everything is read from.
      const other = socket(undefined, undefined, undefined, { fileno: one.dup().detach() });
      for (const it of [one, other]) {
        assert.deepEqual([it.family, it.type], [family, type]);
        it.close();
      }
      if (proto !== 0) assert.equal(other.proto, reads);
    });

    if (paired !== true) continue;
    test(`${name} (${face}): a pair carries a message`, { skip }, async () => {
      const [one, other] = socketpair(family, type, proto);
      assert.equal(await one.send("hello"), 5);
      assert.equal(String(await other.recv(100)), "hello");
      one.close();
      other.close();
    });
  }
}

const SCTP_PAIR: Kind = {
  name: "SCTP",
  family: AF_INET,
  type: SOCK_STREAM,
  proto: IPPROTO_SCTP,
};

test("SCTP connects, echoes and ends as TCP does", { skip: missing(SCTP_PAIR) }, async () => {
  const listener = berkeley.socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
  listener.bind(["127.0.0.1", 0]);
  listener.listen();
  const client = berkeley.socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
  const accepting = listener.accept();
  await client.connect(listener.getsockname());
  const [server, address] = await accepting;
  assert.equal(server.proto, IPPROTO_SCTP);
  assert.equal(address[1], client.getsockname()[1]);
  await client.sendall("hello");
  assert.equal(String(await server.recv(100)), "hello");
  client.close();
  assert.equal((await server.recv(100)).length, 0);
  server.close();
  listener.close();
});
