/** Network interfaces in addresses: a name here, an index in the kernel. See netdevice(7). */
import { wrongRange, wrongType } from "../check.js";
import { SocketError } from "../errors.js";
import { native } from "../native.js";

/** IFNAMSIZ is 16: a name and its NUL. */
const NAME_MAX = 15;

/** The name of an interface, checked. */
export function interfaceName(call: string, name: unknown): string {
  if (typeof name !== "string" || name.includes("\0")) {
    throw wrongType(call, "interface name", "a string without NUL bytes", name);
  }
  if (Buffer.byteLength(name) > NAME_MAX) {
    throw wrongRange(call, "interface name", `at most ${NAME_MAX} bytes`, name);
  }
  return name;
}

/** The index of the interface, checked; `""` is any interface. `option`: the option whose value it is part
 *  of, for errors. */
export function interfaceIndex(call: string, name: unknown, option?: string): number {
  const text = interfaceName(call, name);
  if (text === "") return 0;
  const index = native.ifNametoindex(text);
  if (index >= 0) return index;
  const where = option === undefined ? { about: text } : { option, advice: `interface ${text}` };
  throw new SocketError(index, call, where);
}

/** The name of the interface with that index; `""` for 0, and if the interface has gone. */
export function interfaceText(index: number): string {
  if (index === 0) return "";
  const name = native.ifIndextoname(index);
  return typeof name === "string" ? name : "";
}
