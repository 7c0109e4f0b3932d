import { readFileSync } from "node:fs";
import type { Family, Socket } from "berkeley";
import { attempt, listening, net, say } from "../support.js";

function closeOnExec(s: Socket<Family>): boolean {
  const info = readFileSync(`/proc/self/fdinfo/${s.fileno()}`, "latin1");
  return (Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? "", 8) & 0o2000000) !== 0;
}

const listener = listening();
const client = net.socket();
await client.connect(listener.getsockname());
const [server] = await listener.accept();
const [a, b] = net.socketpair();
const sockets: Record<string, Socket<Family>> = {
  socket: client,
  listener,
  accept: server,
  pair: a,
  "pair's other": b,
  dup: a.dup(),
  fromfd: net.fromfd(a.fileno(), a.family, a.type),
  fileno: net.socket(undefined, undefined, undefined, { fileno: net.dup(a.fileno()) }),
};
for (const [label, s] of Object.entries(sockets)) say(label, s.getInheritable(), closeOnExec(s));

await attempt("set", () => a.setInheritable(true));
say("then", a.getInheritable(), closeOnExec(a));
say("dup of an inheritable one", a.dup().getInheritable());
await attempt("set back", () => a.setInheritable(false));
say("then", a.getInheritable(), closeOnExec(a));
