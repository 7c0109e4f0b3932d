/** Group memberships and the interface of multicasts. See ip(7), ipv6(7), RFC 3678. */
import { hostText } from "../address/text.js";
import { AF_INET, AF_INET6 } from "../constants.generated.js";
import { filled } from "../memory.js";
import { atLeast, type Reader, type Writer } from "./codec.js";
import { familyOf, fields, hostBytes, type Interface, indexOrAny, neededBytes } from "./fields.js";

/** An IPv4 group. The interface is `interface`, else the one with the address `local`, else the one
 *  that the route chooses. */
export interface IpMreqn {
  group: string;
  local?: string | undefined;
  interface?: Interface | undefined;
}

/** An IPv6 group on an interface. */
export interface Ipv6Mreq {
  group: string;
  interface?: Interface | undefined;
}

/** One sender to an IPv4 group, on the interface with the address `local`. */
export interface IpMreqSource {
  group: string;
  source: string;
  local?: string | undefined;
}

/** One sender to a group of either family. */
export interface GroupSourceReq extends Ipv6Mreq {
  source: string;
}

const IN_ADDR = 4;
const IN6_ADDR = 16;
const IP_MREQN = 12;
const SOCKADDR_STORAGE = 128;
/** The sockaddr_storage after the index is aligned to 8 bytes. */
const GROUP_OFFSET = 8;
const SOURCE_OFFSET = GROUP_OFFSET + SOCKADDR_STORAGE;

function mreqn(what: string, value: Partial<IpMreqn>, group: Uint8Array): Buffer {
  return filled(IP_MREQN, (bytes) => {
    bytes.set(group, 0);
    bytes.set(hostBytes(AF_INET, `${what} local`, value.local), IN_ADDR);
    bytes.writeInt32LE(indexOrAny(`${what} interface`, value.interface), 2 * IN_ADDR);
  });
}

export const ipMreqn: Writer<IpMreqn> = {
  encode(what, value) {
    const { group } = fields(what, value, ["group", "local", "interface"]);
    return mreqn(what, value, neededBytes(AF_INET, `${what} group`, group));
  },
};

/** The interface that multicasts leave by. It is read as its address, if it was set by that. */
export const multicastIf: Reader<string> & Writer<Omit<IpMreqn, "group">> = {
  size: IN_ADDR,
  decode: (bytes) => hostText(AF_INET, atLeast(IN_ADDR, bytes), 0),
  encode: (what, value) =>
    mreqn(what, fields(what, value, ["local", "interface"]), new Uint8Array(IN_ADDR)),
};

export const ipMreqSource: Writer<IpMreqSource> = {
  encode(what, value) {
    const { group, source, local } = fields(what, value, ["group", "source", "local"]);
    return Buffer.concat([
      neededBytes(AF_INET, `${what} group`, group),
      hostBytes(AF_INET, `${what} local`, local),
      neededBytes(AF_INET, `${what} source`, source),
    ]);
  },
};

export const ipv6Mreq: Writer<Ipv6Mreq> = {
  encode(what, value) {
    const { group } = fields(what, value, ["group", "interface"]);
    return filled(IN6_ADDR + 4, (bytes) => {
      bytes.set(neededBytes(AF_INET6, `${what} group`, group), 0);
      bytes.writeInt32LE(indexOrAny(`${what} interface`, value.interface), IN6_ADDR);
    });
  },
};

/** Writes a sockaddr_storage: its host comes after the port, and in IPv6 after the flow information. */
function putHost(bytes: Buffer, at: number, family: number, host: Uint8Array): void {
  bytes.writeUInt16LE(family, at);
  bytes.set(host, at + (family === AF_INET ? 4 : 8));
}

function request(what: string, size: number, value: Ipv6Mreq): Buffer {
  const family = familyOf(value.group);
  return filled(size, (bytes) => {
    bytes.writeUInt32LE(indexOrAny(`${what} interface`, value.interface), 0);
    putHost(bytes, GROUP_OFFSET, family, neededBytes(family, `${what} group`, value.group));
  });
}

export const groupReq: Writer<Ipv6Mreq> = {
  encode: (what, value) =>
    request(what, SOURCE_OFFSET, fields(what, value, ["group", "interface"])),
};

export const groupSourceReq: Writer<GroupSourceReq> = {
  encode(what, value) {
    const { group, source } = fields(what, value, ["group", "source", "interface"]);
    const bytes = request(what, SOURCE_OFFSET + SOCKADDR_STORAGE, value);
    const family = familyOf(group);
    putHost(bytes, SOURCE_OFFSET, family, neededBytes(family, `${what} source`, source));
    return bytes;
  },
};
