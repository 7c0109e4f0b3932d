/** What both faces have of the options: reading and setting never waits. */

export type { Ucred } from "../ucred.js";
export type { Interface } from "./fields.js";
export type { SockFilter } from "./filter.js";
export { getOption, setOption } from "./index.js";
export type { Kind as OptionKind } from "./kinds.js";
export type { GroupSourceReq, IpMreqn, IpMreqSource, Ipv6Mreq } from "./multicast.js";
export type { OptionRow } from "./row.js";
export type { CanFilter, Linger, MemoryInfo, PacketMreq, TxTime } from "./structs.js";
export {
  type OptionInput,
  type OptionValue,
  optionTable,
  type ReadableOption,
  type WritableOption,
} from "./table.js";
export type { OptionTarget } from "./target.js";
export type { TcpInfo } from "./tcp-info.js";
