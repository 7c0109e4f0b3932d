import { attempt, bound, net } from "../support.js";

const receiver = bound(net.SOCK_DGRAM, "0.0.0.0", "receiver");
const everyone: [string, number] = ["127.255.255.255", receiver.getsockname()[1]];

const s = bound(net.SOCK_DGRAM, "127.0.0.1", "sender");
await attempt("sendto without SO_BROADCAST", () => s.sendto("x", everyone));
await attempt("connect without SO_BROADCAST", () => s.connect(everyone));
await attempt("SO_BROADCAST", () => s.setsockopt(net.SOL_SOCKET, net.SO_BROADCAST, 1));
await attempt("sendto", () => s.sendto("hello all", everyone));
await attempt("it arrives", () => receiver.recvfrom(10));
await attempt("connect", () => s.connect(everyone));
await attempt("peer", () => s.getpeername());
await attempt("tcp", () => net.socket().connect(everyone));
