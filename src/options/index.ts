/** Options by name: what their values are follows from the table. */
import { constants as os } from "node:os";
import * as check from "../check.js";
import { AF_INET6 } from "../constants.generated.js";
import { constants } from "../constants.js";
import { SocketError } from "../errors.js";
import { native } from "../native.js";
import { descriptorWithin } from "../socket/core.js";
import type { Reader, Writer } from "./codec.js";
import { familyOf } from "./fields.js";
import { kinds } from "./kinds.js";
import { BY_GROUP, type OptionRow } from "./row.js";
import {
  type OptionInput,
  type OptionValue,
  type ReadableOption,
  rowOf,
  type WritableOption,
} from "./table.js";
import { descriptorOf, type OptionTarget } from "./target.js";

const { EACCES, EBADF, EPERM } = os.errno;

/** What a name that has no row can be read or set with instead. */
const OTHERWISE = "the name of an option in the table (others: getsockopt, setsockopt)";

function rowFor(call: string, name: unknown, lacks: "read" | "set"): OptionRow {
  const row = rowOf(name);
  if (row === undefined) throw check.wrongType(call, "name", OTHERWISE, name);
  if (row.access === lacks) {
    const way = lacks === "set" ? "read" : "set";
    throw check.wrongType(call, "name", `an option that can be ${way}`, name);
  }
  return row;
}

function levelOf(row: OptionRow, value: unknown): number {
  if (row.level !== BY_GROUP) return constants[row.level] as number;
  const isSix = familyOf((value as { group?: unknown }).group) === AF_INET6;
  return isSix ? constants.IPPROTO_IPV6 : constants.IPPROTO_IP;
}

/** What to do about the error of an option. */
function adviceFor(rc: number, fd: number, row: OptionRow): string | undefined {
  if (rc === -EBADF && fd < 0) return "the socket is not open yet, or closed";
  if ((rc === -EPERM || rc === -EACCES) && row.needs !== undefined) return `it needs ${row.needs}`;
  return undefined;
}

function checked(rc: number, syscall: string, fd: number, row: OptionRow): number {
  if (rc >= 0) return rc;
  throw new SocketError(rc, syscall, { option: row.name, advice: adviceFor(rc, fd, row) });
}

/** `getsockopt(fd, level, name, …)`: the value of an option by its name; docs/options.md has the kind of
 * value of each. `target` may be one of Node's own sockets. See getsockopt(2).
 * @throws {SocketError} ENOPROTOOPT, ENOTSUP (an option of other sockets), EBADF. */
export function getOption<N extends ReadableOption>(target: OptionTarget, name: N): OptionValue<N> {
  const fd = descriptorOf("getOption", target);
  const row = rowFor("getOption", name, "set");
  const kind = kinds[row.kind] as Reader<unknown>;
  const bytes = Buffer.alloc(kind.size);
  const level = levelOf(row, undefined);
  const rc = native.getsockopt(fd, level, constants[row.name] as number, bytes);
  return kind.decode(bytes.subarray(0, checked(rc, "getsockopt", fd, row))) as OptionValue<N>;
}

/** `setsockopt(fd, level, name, …)`: sets an option, by its name, to a value of its kind. See
 * setsockopt(2), and docs/options.md for each option.
 * @throws {SocketError} ENOPROTOOPT, ENOTSUP (an option of other sockets), EINVAL, EPERM, EBADF.
 * @throws {TypeError | RangeError} a value that is not of the kind, or does not fit it. */
export function setOption<N extends WritableOption>(
  target: OptionTarget,
  name: N,
  ...value: OptionInput<N> extends undefined ? [] : [value: OptionInput<N>]
): void {
  const row = rowFor("setOption", name, "read");
  const bytes = (kinds[row.kind] as Writer<unknown>).encode(row.name, value[0]);
  const [level, number] = [levelOf(row, value[0]), constants[row.name] as number];
  // Last: a value's own code may close the socket, whose number is another's then.
  const fd = descriptorOf("setOption", target);
  const set = row.kind === "sockFilter" ? native.setsockoptFilter : native.setsockopt;
  const rc =
    bytes === null ? native.setsockoptNull(fd, level, number, 0) : set(fd, level, number, bytes);
  checked(rc, "setsockopt", fd, row);
  descriptorWithin(target)?.heedOption(level, number);
}
