import { attempt, net, say } from "../support.js";

async function tryBind(label: string, address: string): Promise<void> {
  const s = net.socket(net.AF_UNIX);
  await attempt(label, () => s.bind(address));
  say("its name", s.getsockname().length);
}

// sun_path has 108 bytes; a path keeps one of them for its NUL, an abstract name does not.
await tryBind("107 bytes", "p".repeat(107));
await tryBind("108 bytes", "p".repeat(108));
await tryBind("1000 bytes", "p".repeat(1000));
await tryBind("54 characters of 2 bytes", "é".repeat(54));
await tryBind("53 characters of 2 bytes", "é".repeat(53));
// The whole machine shares abstract names, so each process takes its own.
const own = String(process.pid);
await tryBind("abstract, 108 bytes", `\0${own.padStart(107, "a")}`);
await tryBind("abstract, 109 bytes", `\0${own.padStart(108, "a")}`);

const s = net.socket(net.AF_UNIX, net.SOCK_DGRAM);
await attempt("connect", () => s.connect("p".repeat(108)));
await attempt("connectEx", () => s.connectEx("p".repeat(108)));
await attempt("sendto", () => s.sendto("x", "p".repeat(108)));
