import { isUtf8 } from "node:buffer";
import { isIPv6 } from "node:net";
import { ifIndextoname, SocketError } from "berkeley";

export type InternetAddress = readonly [host: string, port: number, ...rest: number[]];

/** Any address that the families of this program have; null if the kernel gives none. */
type AnyAddress = string | Buffer | InternetAddress | null;

function escaped(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/**
 * A name, or other text that belongs on one line, made safe to print: control characters are escaped, since a
 * terminal takes them as commands, and a newline in a name would make two lines of one.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, escaped);
}

/** A name in bytes, as text. If it is not UTF-8, each byte that is not ASCII is shown as `\xff`: U+FFFD
 *  would be the same for all of them. */
export function nameText(name: Buffer): string {
  return isUtf8(name) ? name.toString() : name.toString("latin1").replace(/[\x80-\xff]/g, escaped);
}

/** Text that came from the other side, safe to print: as `printable`, but newlines and tabs stay. */
export function printableText(text: string): string {
  return text.replace(/(?!\r\n)[^\P{Cc}\n\t]/gu, escaped);
}

/** An address without its port, and with its interface. */
export function hostText([host, , , scope = 0]: InternetAddress): string {
  // Other families have something else there.
  if (scope === 0 || !isIPv6(host) || host.includes("%")) return host;
  try {
    return `${host}%${ifIndextoname(scope)}`;
  } catch (error) {
    // The interface may have gone meanwhile.
    if (error instanceof SocketError) return `${host}%${scope}`;
    throw error;
  }
}

/** An address as people write it: `127.0.0.1:80`, `[::1]:80`, `/tmp/path`, `@abstract`. */
export function addressText(address: AnyAddress): string {
  if (address === null || address.length === 0) return "(unnamed)";
  if (Buffer.isBuffer(address)) return addressText(nameText(address));
  if (typeof address === "string") return printable(address.replace(/^\0/, "@"));
  const [host, port] = [hostText(address), address[1]];
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A word as a shell must be given it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
