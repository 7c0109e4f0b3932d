/** The address of each family, as a type: what a call takes (`in`) and what it gives (`out`). */
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

/** A row a family that this library knows. */
export interface FamilyAddresses {
  /** A host (`""` is any address, `"<broadcast>"` broadcast) and a port. */
  [AF_INET]: { in: readonly [host: string, port: number]; out: [host: string, port: number] };
  /** What is left out is 0; all four come out. */
  [AF_INET6]: {
    in: readonly [
      host: string,
      port: number,
      flowinfo?: number | undefined,
      scopeId?: number | undefined,
    ];
    out: [host: string, port: number, flowinfo: number, scopeId: number];
  };
  /** A path, `""` unnamed, `"\0name"` abstract; bytes that are not UTF-8 are a Buffer. */
  [AF_UNIX]: { in: string | Uint8Array; out: string | Buffer };
  /** The port's number (0 to bind: the kernel chooses), and multicast groups as bits. */
  [AF_NETLINK]: { in: readonly [pid: number, groups: number]; out: [pid: number, groups: number] };
  /** `""` is any interface; `protocol` is an `ETH_P_*` in the host's order. */
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
  /** `VMADDR_CID_ANY`, `VMADDR_CID_HOST`, …, and a port of 32 bits or `VMADDR_PORT_ANY`. */
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
  /** What the numbers are depends on `addrType`, `TIPC_ADDR_NAMESEQ`, `_NAME` or `_ID`: service
   *  type, lower and upper; service type and instance; node and port reference. */
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
  /** By protocol: `BTPROTO_L2CAP`, `BTPROTO_RFCOMM`, `BTPROTO_SCO` (an address alone), `BTPROTO_HCI`
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

/** A family that this library has no form for: its number, and the bytes behind it. */
export type OtherAddress = [family: number, data: Buffer];

/** An address family: `AF_INET`, `AF_UNIX`, … */
export type Family = number;

/** A row any family. Indexed, not computed by a condition, so that a `Socket<typeof AF_INET>` is
 *  a `Socket` to the compiler, too. */
export interface AddressTable extends FamilyAddresses {
  /** Any other family: its number and the bytes come out. */
  [family: number]: {
    in: FamilyAddresses[keyof FamilyAddresses]["in"] | Readonly<OtherAddress>;
    out: FamilyAddresses[keyof FamilyAddresses]["out"] | OtherAddress;
  };
}

/** What a socket of family `F` gives as an address. */
export type AddressOf<F extends Family> = AddressTable[F]["out"];

/** What a socket of family `F` takes as an address. */
export type AddressInput<F extends Family> = AddressTable[F]["in"];
