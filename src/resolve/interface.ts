/** Network interfaces: name ⇄ index. See netdevice(7). */
import { interfaceName } from "../address/interface.js";
import * as check from "../check.js";
import { SocketError } from "../errors.js";
import { native } from "../native.js";

/** `if_nameindex()`: `[index, name]` of each interface. See if_nameindex(3).
 * @throws {SocketError} EMFILE (no descriptor left). */
export function ifNameindex(): [index: number, name: string][] {
  const rows = native.ifNameindex();
  if (typeof rows === "number") throw new SocketError(rows, "if_nameindex");
  return rows;
}

/** `if_nametoindex(name)`: the index of an interface. See if_nametoindex(3).
 * @throws {SocketError} ENODEV (no interface has the name). */
export function ifNametoindex(name: string): number {
  const given = interfaceName("ifNametoindex", name);
  const index = native.ifNametoindex(given);
  if (index < 0) throw new SocketError(index, "if_nametoindex", { about: check.show(given) });
  return index;
}

/** `if_indextoname(index)`: the name of an interface. See if_indextoname(3).
 * @throws {SocketError} ENXIO (no interface has the index). */
export function ifIndextoname(index: number): string {
  const number = check.integer("ifIndextoname", "index", index, 0, 2 ** 32 - 1);
  const name = native.ifIndextoname(number);
  if (typeof name === "string") return name;
  throw new SocketError(name, "if_indextoname", { about: String(number) });
}
