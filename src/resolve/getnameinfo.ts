/** getnameinfo(3): an address, back to names. */
import { packNumeric, unicodeHost } from "../address/inet.js";
import * as check from "../check.js";
import {
  AF_UNSPEC,
  AI_NUMERICHOST,
  NI_IDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
} from "../constants.generated.js";
import { native } from "../native.js";
import type { Steps } from "../socket/face.js";
import { answerOf, type PackedRow, textsOf, unpackRows } from "./answer.js";
import { type LookUp, lookUpNow, onPool, tellNow } from "./look-up.js";
import { text } from "./name.js";

const CALL = "getnameinfo";
/** Nothing to look up. */
const NUMBERS = NI_NUMERICHOST | NI_NUMERICSERV;

/** The sockaddr of a host that is a number: getaddrinfo(3) knows all of its forms, and which family
 *  each is of. It asks nobody, so this is done in place. */
function numericAddress(host: string): Buffer {
  return lookUpNow(
    (done) => native.getaddrinfo(host, null, AF_UNSPEC, SOCK_DGRAM, 0, AI_NUMERICHOST, done),
    (answer) => (unpackRows(answerOf(CALL, answer, { address: host })) as [PackedRow])[0].sockaddr,
  );
}

export function* getnameinfo(
  lookUp: LookUp,
  address: unknown,
  flags: unknown = 0,
): Steps<[host: string, service: string]> {
  if (!Array.isArray(address) || address.length < 2 || address.length > 4) {
    throw check.wrongType(CALL, "address", "[host, port, flowinfo?, scopeId?]", address);
  }
  const bits = check.int(CALL, "flags", flags);
  const host = text(CALL, "host", address[0]);
  const sockaddr = packNumeric(CALL, numericAddress(host), address);
  return yield* lookUp(
    (done) =>
      (bits & NUMBERS) === NUMBERS
        ? tellNow(native.getnameinfo(sockaddr, bits, null), done)
        : onPool(done, (done) => native.getnameinfo(sockaddr, bits, done)),
    (answer) => {
      const bytes = answerOf(CALL, answer, { address: host, port: address[1] });
      const [name, service] = textsOf(bytes) as [string, string];
      return [(bits & NI_IDN) === 0 ? name : unicodeHost(name), service];
    },
  );
}
