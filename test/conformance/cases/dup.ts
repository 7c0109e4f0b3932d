import { attempt, net, say } from "../support.js";

let [a, b] = net.socketpair();
a.settimeout(2.5);
let copy = a.dup();
say("another descriptor", copy.fileno() !== a.fileno());
say("of the same", copy.family, copy.type, copy.proto, copy.gettimeout(), copy.getInheritable());
a.close();
await attempt("send after the original closed", () => copy.send("abc"));
await attempt("it arrives", () => b.recv(10));
await b.send("def");
await attempt("recv", () => copy.recv(10));
copy.close();
await attempt("the end, once all are closed", () => b.recv(10));

[a, b] = net.socketpair(net.AF_UNIX, net.SOCK_SEQPACKET);
const number = net.dup(a.fileno());
const raw = net.socket(net.AF_UNIX, undefined, undefined, { fileno: number });
say("dup of a number", number !== a.fileno(), raw.type, raw.getInheritable());
const taken = net.fromfd(a.fileno(), net.AF_UNIX, net.SOCK_SEQPACKET);
say("fromfd", taken.fileno() !== a.fileno(), taken.family, taken.type, taken.gettimeout());
for (const s of [a, raw, taken]) {
  await s.send("one");
  await attempt("it arrives", () => b.recv(10));
}
const given = net.fromfd(a.fileno(), net.AF_INET, net.SOCK_DGRAM, 5);
say("fromfd takes what it is given", given.family, given.type, given.proto);

// Whether a descriptor blocks is shared by its copies; each object's timeout is its own.
[a, b] = net.socketpair();
copy = a.dup();
copy.setblocking(false);
say("timeouts", a.gettimeout(), copy.gettimeout());
a.settimeout(0);
say("dup of a non-blocking one", a.dup().gettimeout());
