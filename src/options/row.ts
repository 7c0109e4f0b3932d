/** What a row of the table of options is. */
import type * as constants from "../constants.generated.js";
import type { Kind } from "./kinds.js";

type ConstantName = keyof typeof constants;

/** `read` from, `set`, or both.
 * @inline */
export type Access = "read and set" | "read" | "set";

type Capability =
  | "CAP_NET_ADMIN"
  | "CAP_NET_BROADCAST"
  | "CAP_NET_RAW"
  | "CAP_NET_RAW or CAP_NET_ADMIN";

/** What a row says of itself; its file says the rest. */
export interface RowInput {
  /** The C name; a name that the headers lack does not compile. */
  readonly name: ConstantName;
  /** The kind of its value. */
  readonly kind: Kind;
  /** Both, unless it says otherwise. */
  readonly access?: Access;
  /** The unit of a value that is a number. */
  readonly unit?: string;
  /** The capability that setting it needs, and when, if not always: the advice in its EPERM. */
  readonly needs?: Capability | `${Capability} to ${string}`;
  /** The manual, if it is not that of the whole file. */
  readonly man?: string;
  /** Anything surprising that the name does not say. */
  readonly note?: string;
}

/** The level of MCAST_*: that of the group's family, which the value has. */
export const BY_GROUP = "IPPROTO_IP or IPPROTO_IPV6";
/** The C name of a level. */
export type Level = ConstantName | typeof BY_GROUP;

/** A row of `optionTable`: what docs/options.md says about an option. */
export interface OptionRow extends RowInput {
  /** The C name of its level, or both for the options of multicast groups. */
  readonly level: Level;
  readonly access: Access;
  /** The manual that says more. */
  readonly man: string;
}

type Completed<R extends RowInput, L extends Level> = OptionRow & {
  readonly name: R["name"];
  readonly kind: R["kind"];
  readonly level: L;
  readonly access: R["access"] extends Access ? R["access"] : "read and set";
};

type CompletedAll<R extends readonly RowInput[], L extends Level> = {
  readonly [I in keyof R]: Completed<R[I], L>;
};

/** The rows of a level, with one document for all that name no other. */
export function optionsAt<const L extends Level, const R extends readonly RowInput[]>(
  level: L,
  man: string,
  rows: R,
): CompletedAll<R, L> {
  const completed = rows.map((row) => ({ access: "read and set", man, ...row, level }));
  return completed as CompletedAll<R, L>;
}

/** For the notes of options that switch on a control message. */
export const CONTROL = "as a control message with what is received";
/** The same, where src/control has no row for it. */
export const UNNAMED = `${CONTROL}: bytes, which \`decodeControl\` leaves so (\`name: null\`)`;
