/** gethostbyname(3), gethostbyaddr(3), and what Python builds of them. */
import { hostname } from "node:os";
import { Lookup } from "../address/family.js";
import { decodeAddress, encodeAddress } from "../address/index.js";
import { addressBytes } from "../address/inet.js";
import { AF_INET, AF_UNSPEC, SOCK_STREAM } from "../constants.generated.js";
import { SocketError } from "../errors.js";
import { type Answer, native } from "../native.js";
import type { Steps } from "../socket/face.js";
import { answerOf, textsOf } from "./answer.js";
import { askHost, firstAddress } from "./host.js";
import { type LookUp, onPool } from "./look-up.js";
import { hostName, text } from "./name.js";

/** `[hostname, aliases, addresses]` */
export type HostEntry = [hostname: string, aliases: string[], addresses: string[]];

function entryOf(syscall: string, host: string, answer: Answer): HostEntry {
  const texts = textsOf(answerOf(syscall, answer, { address: host }));
  const end = texts.indexOf("");
  return [texts[0] as string, texts.slice(1, end), texts.slice(end + 1)];
}

const INET = { family: AF_INET, type: SOCK_STREAM, proto: 0 };

/** Of getaddrinfo(3), as in Python: it takes what an address of a socket takes. */
export function* gethostbyname(lookUp: LookUp, host: unknown): Steps<string> {
  const name = text("gethostbyname", "host", host);
  const encoded = encodeAddress("gethostbyname", [name, 0], INET);
  const sockaddr =
    encoded instanceof Lookup
      ? yield* lookUp(askHost(encoded.host, AF_INET), (answer) => firstAddress(name, answer))
      : Buffer.from(encoded);
  const [found] = decodeAddress(sockaddr, sockaddr.length, 0) as [string, number];
  return found;
}

/** Two look-ups, as in Python: gethostbyname(3) says less of why there is no address. */
export function* gethostbynameEx(lookUp: LookUp, host: unknown): Steps<HostEntry> {
  const name = hostName("gethostbynameEx", host);
  yield* gethostbyname(lookUp, name);
  return yield* lookUp(
    (done) => onPool(done, (done) => native.gethostbyname(name, done)),
    (answer) => entryOf("gethostbyname", name, answer),
  );
}

/** Two look-ups where the host is a name, as in Python: its address comes first. */
export function* gethostbyaddr(lookUp: LookUp, host: unknown): Steps<HostEntry> {
  const name = hostName("gethostbyaddr", host);
  const sockaddr = yield* lookUp(askHost(name, AF_UNSPEC), (answer) => firstAddress(name, answer));
  return yield* lookUp(
    (done) => onPool(done, (done) => native.gethostbyaddr(addressBytes(sockaddr), done)),
    (answer) => entryOf("gethostbyaddr", name, answer),
  );
}

const ANY_HOST = ["", "0.0.0.0", "::"];

/** Python's: the first of the host's names that has a dot in it. */
export function* getfqdn(lookUp: LookUp, host: unknown = ""): Steps<string> {
  const given = text("getfqdn", "name", host).trim();
  const name = ANY_HOST.includes(given) ? hostname() : given;
  try {
    const [first, aliases] = yield* gethostbyaddr(lookUp, name);
    return [first, ...aliases].find((one) => one.includes(".")) ?? first;
  } catch (error) {
    if (error instanceof SocketError) return name;
    throw error;
  }
}
