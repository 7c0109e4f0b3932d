/** getaddrinfo(3), as rows. */
import { decodeAddress } from "../address/index.js";
import { unicodeHost } from "../address/inet.js";
import type { AddressOf } from "../address/types.js";
import * as check from "../check.js";
import {
  type AF_INET,
  type AF_INET6,
  AI_CANONIDN,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  EAI_SERVICE,
} from "../constants.generated.js";
import { type Answer, native } from "../native.js";
import type { Steps } from "../socket/face.js";
import { answerOf, unpackRows } from "./answer.js";
import { type LookUp, onPool, tellNow } from "./look-up.js";
import { hostName, textOrNull } from "./name.js";

/** `[family, type, proto, canonname, address]`: the family, IPv4 or IPv6, determines the form of the address. */
export type AddressInfo =
  | [
      family: typeof AF_INET,
      type: number,
      proto: number,
      canonname: string,
      address: AddressOf<typeof AF_INET>,
    ]
  | [
      family: typeof AF_INET6,
      type: number,
      proto: number,
      canonname: string,
      address: AddressOf<typeof AF_INET6>,
    ];

const CALL = "getaddrinfo";

function serviceName(port: unknown): string | null {
  if (typeof port === "number") return String(check.integer(CALL, "port", port, 0, 65535));
  return textOrNull(CALL, "port", port);
}

function rowsOf(
  host: string | null,
  service: string | null,
  flags: number,
  answer: Answer,
): AddressInfo[] {
  // An unknown service is not the host's fault: the error names both.
  const about = answer === EAI_SERVICE ? [host, service].filter(Boolean).join(":") : undefined;
  const bytes = answerOf(CALL, answer, { about, address: host ?? undefined });
  const isReadable = (flags & AI_CANONIDN) !== 0;
  return unpackRows(bytes).map(({ family, type, proto, canonname, sockaddr }) => {
    const name = isReadable ? unicodeHost(canonname) : canonname;
    const address = decodeAddress(sockaddr, sockaddr.length, proto);
    return [family, type, proto, name, address] as AddressInfo;
  });
}

export function* getaddrinfo(
  lookUp: LookUp,
  host: unknown,
  port: unknown,
  family: unknown = 0,
  type: unknown = 0,
  proto: unknown = 0,
  flags: unknown = 0,
): Steps<AddressInfo[]> {
  const name = host === null || host === undefined ? null : hostName(CALL, host);
  const service = serviceName(port);
  const hints = [
    check.int(CALL, "family", family),
    check.int(CALL, "type", type),
    check.int(CALL, "proto", proto),
  ] as const;
  const bits = check.int(CALL, "flags", flags);
  return yield* lookUp(
    (done) => {
      if (done !== null) {
        // Names that are slow may hold all threads: what needs no look-up does not wait for them.
        const asNumbers = bits | AI_NUMERICHOST | AI_NUMERICSERV;
        const answer = native.getaddrinfo(name, service, ...hints, asNumbers, null);
        if (typeof answer !== "number") return tellNow(answer, done);
      }
      return onPool(done, (done) => native.getaddrinfo(name, service, ...hints, bits, done));
    },
    (answer) => rowsOf(name, service, bits, answer),
  );
}
