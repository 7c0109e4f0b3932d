/** The kinds of option values, by the name that rows have for them. */
import * as simple from "./codec.js";
import { sockFilter } from "./filter.js";
import * as multicast from "./multicast.js";
import * as structs from "./structs.js";
import { tcpInfo } from "./tcp-info.js";

export const kinds = {
  bool: simple.bool,
  int: simple.int,
  uint: simple.uint,
  bits: simple.bits,
  byte: simple.byte,
  uint64: simple.uint64,
  id64: simple.id64,
  uints: simple.uints,
  bitSet: simple.bitSet,
  action: simple.action,
  bareAction: simple.bareAction,
  string: simple.string,
  bytes: simple.bytes,
  linger: structs.linger,
  timeval: structs.timeval,
  ucred: structs.ucred,
  interface: structs.interfaceNumber,
  interfaceBE: structs.interfaceNumberBE,
  portRange: structs.portRange,
  txTime: structs.txTime,
  packetMreq: structs.packetMreq,
  packetStatistics: structs.packetStatistics,
  canFilters: structs.canFilters,
  memoryInfo: structs.memoryInfo,
  sockaddrIn: structs.sockaddrIn,
  sockaddrIn6: structs.sockaddrIn6,
  ipMreqn: multicast.ipMreqn,
  multicastIf: multicast.multicastIf,
  ipMreqSource: multicast.ipMreqSource,
  ipv6Mreq: multicast.ipv6Mreq,
  groupReq: multicast.groupReq,
  groupSourceReq: multicast.groupSourceReq,
  sockFilter,
  tcpInfo,
} as const;

/** The kind of an option's value: docs/options.md says what each is. */
export type Kind = keyof typeof kinds;

export type Kinds = typeof kinds;
