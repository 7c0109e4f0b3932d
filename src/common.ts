// Kept in the declarations, too: since TypeScript 6 (`types` is []) the compiler knows no Buffer unless asked
// for it.
/// <reference types="node" preserve="true" />
/** What both faces export alike. */
export type {
  AddressInput,
  AddressOf,
  AddressTable,
  Family,
  OtherAddress,
} from "./address/types.js";
export type { Data } from "./check.js";
export { type Constants, constants } from "./constants.js";
export { decodeControl, encodeControl, findControl } from "./control/index.js";
export type * from "./control/types.js";
export {
  type AncillaryInput,
  type AncillaryMessage,
  CMSG_LEN,
  CMSG_SPACE,
} from "./control/wire.js";
export { GaiError, SocketError, TimeoutError } from "./errors.js";
export { has } from "./has.js";
export * from "./names.js";
export * from "./options/public.js";
export type { AddressInfo } from "./resolve/getaddrinfo.js";
export type { HostEntry } from "./resolve/gethostby.js";
export type { HostName } from "./resolve/resolver.js";
export type { AfalgParameters } from "./socket/calls/afalg.js";
export type { SocketOptions } from "./socket/core.js";
export type { ReceivedDatagram, Transmit } from "./socket/datagram.js";
export type { ConnectionOptions, HostPort, ServerOptions } from "./socket/functions.js";
export type { ReceivedMessage } from "./socket/message-socket.js";
