/** The address of each family, as a type: what a call takes (`in`) and what it returns (`out`). */
import type {
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_RDS,
  AF_TIPC,
  AF_UNIX,
  AF_VSOCK,
} from "../constants.generated.js";

/** A row for each family that this library knows. */
export interface FamilyAddresses {
  /** A host (`""` is any address, `"<broadcast>"` broadcast) and a port. */
  [AF_INET]: { in: readonly [host: string, port: number]; out: [host: string, port: number] };
  /** Parts that are left out are 0; an address that is returned has all four. */
  [AF_INET6]: {
    in: readonly [
      host: string,
      port: number,
      flowinfo?: number | undefined,
      scopeId?: number | undefined,
    ];
    out: [host: string, port: number, flowinfo: number, scopeId: number];
  };
  /** A path, `""` for unnamed, `"\0name"` for abstract; a name that is not UTF-8 is a Buffer. */
  [AF_UNIX]: { in: string | Uint8Array; out: string | Buffer };
  /** The port's number (0 in `bind`: the kernel chooses), and multicast groups as bits. */
  [AF_NETLINK]: { in: readonly [pid: number, groups: number]; out: [pid: number, groups: number] };
  /** `""` is any interface; `protocol` is an `ETH_P_*` in host byte order. */
  [AF_PACKET]: {
    in: readonly [
      ifname: string,
      protocol: number,
      pkttype?: number | undefined,
      hatype?: number | undefined,
      addr?: Uint8Array | undefined,
    ];
    out: [ifname: string, protocol: number, pkttype: number, hatype: number, addr: Buffer];
  };
  /** `VMADDR_CID_ANY`, `VMADDR_CID_HOST`, …, and a 32-bit port or `VMADDR_PORT_ANY`. */
  [AF_VSOCK]: { in: readonly [cid: number, port: number]; out: [cid: number, port: number] };
  /** By protocol: `CAN_RAW` and `CAN_BCM`; `CAN_ISOTP`; `CAN_J1939`. */
  [AF_CAN]: {
    in:
      | readonly [ifname: string]
      | readonly [ifname: string, rxAddr: number, txAddr: number]
      | readonly [ifname: string, name: bigint | number, pgn: number, addr: number];
    out:
      | [ifname: string]
      | [ifname: string, rxAddr: number, txAddr: number]
      | [ifname: string, name: bigint, pgn: number, addr: number];
  };
  /** `addrType` says what the numbers are. `TIPC_ADDR_NAMESEQ`: service type, lower and upper;
   *  `TIPC_ADDR_NAME`: service type and instance; `TIPC_ADDR_ID`: node and port reference. */
  [AF_TIPC]: {
    in: readonly [addrType: number, v1: number, v2: number, v3: number, scope?: number | undefined];
    out: [addrType: number, v1: number, v2: number, v3: number, scope: number];
  };
  /** As `AF_INET`. */
  [AF_RDS]: { in: readonly [host: string, port: number]; out: [host: string, port: number] };
  /** `["hash", "sha256"]`, `["skcipher", "cbc(aes)"]`, … */
  [AF_ALG]: {
    in: readonly [type: string, name: string, feat?: number | undefined, mask?: number | undefined];
    out: [type: string, name: string, feat: number, mask: number];
  };
  /** A node's number, and a port. */
  [AF_QIPCRTR]: { in: readonly [node: number, port: number]; out: [node: number, port: number] };
  /** By protocol: `BTPROTO_L2CAP`, `BTPROTO_RFCOMM`, `BTPROTO_SCO` (only an address), `BTPROTO_HCI`
   *  (a device's number). */
  [AF_BLUETOOTH]: {
    in:
      | readonly [
          bdaddr: string,
          psm: number,
          cid?: number | undefined,
          bdaddrType?: number | undefined,
        ]
      | readonly [bdaddr: string, channel: number]
      | string
      | number
      | readonly [devId: number, channel?: number | undefined];
    out:
      | [bdaddr: string, psm: number, cid?: number, bdaddrType?: number]
      | [bdaddr: string, channel: number]
      | string
      | number
      | [devId: number, channel: number];
  };
}

/** An address of a family that this library has no form for: the family's number, and the bytes after it. */
export type OtherAddress = [family: number, data: Buffer];

/** An address family: `AF_INET`, `AF_UNIX`, … */
export type Family = number;

/** A row for any family. It is indexed, not a conditional type, so that to the compiler a
 *  `Socket<typeof AF_INET>` is a `Socket`, too. */
export interface AddressTable extends FamilyAddresses {
  /** Any other family: its number and the bytes. */
  [family: number]: {
    in: FamilyAddresses[keyof FamilyAddresses]["in"] | Readonly<OtherAddress>;
    out: FamilyAddresses[keyof FamilyAddresses]["out"] | OtherAddress;
  };
}

/** An address that a socket of family `F` returns. */
export type AddressOf<F extends Family> = AddressTable[F]["out"];

/** An address that a socket of family `F` takes. */
export type AddressInput<F extends Family> = AddressTable[F]["in"];
