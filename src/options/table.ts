/** The table of options: what each is named, where it is, and what its value is. */
import type { Reader, Writer } from "./codec.js";
import type { Kinds } from "./kinds.js";
import type { Access, OptionRow } from "./row.js";
import { ipOptions } from "./rows/ip.js";
import { ipv6Options, multicastOptions } from "./rows/ipv6.js";
import {
  canOptions,
  netlinkOptions,
  packetOptions,
  tipcOptions,
  vsockOptions,
} from "./rows/other.js";
import { socketOptions, unixOptions } from "./rows/socket.js";
import {
  icmp6Options,
  rawOptions,
  sctpOptions,
  tcpOptions,
  udpliteOptions,
  udpOptions,
} from "./rows/transport.js";

const rows = [
  ...socketOptions,
  ...unixOptions,
  ...ipOptions,
  ...ipv6Options,
  ...multicastOptions,
  ...tcpOptions,
  ...udpOptions,
  ...udpliteOptions,
  ...rawOptions,
  ...icmp6Options,
  ...packetOptions,
  ...netlinkOptions,
  ...vsockOptions,
  ...canOptions,
  ...tipcOptions,
  ...sctpOptions,
] as const;

type Rows = { readonly [R in (typeof rows)[number] as R["name"]]: R };
type NamesWith<A extends Access> = {
  [N in keyof Rows]: Rows[N]["access"] extends A ? N : never;
}[keyof Rows];

/** The options that `getOption` takes. */
export type ReadableOption = NamesWith<"read" | "read and set">;
/** The options that `setOption` takes. */
export type WritableOption = NamesWith<"set" | "read and set">;
/** The value that `getOption` returns for an option. */
export type OptionValue<N extends ReadableOption> =
  Kinds[Rows[N]["kind"]] extends Reader<infer Out> ? Out : never;
/** The value that `setOption` takes for an option. */
export type OptionInput<N extends WritableOption> =
  Kinds[Rows[N]["kind"]] extends Writer<infer In> ? In : never;

/** Every option that has a row, in the order of the documentation. */
export const optionTable: readonly OptionRow[] = rows;

const byName = new Map<string, OptionRow>(rows.map((row) => [row.name, row]));

/** The row of an option, or nothing for a name that has none. */
export function rowOf(name: unknown): OptionRow | undefined {
  return typeof name === "string" ? byName.get(name) : undefined;
}
