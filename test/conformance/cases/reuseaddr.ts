import { attempt, type Inet, net, say } from "../support.js";

const read = (s: Inet) => s.getsockopt(net.SOL_SOCKET, net.SO_REUSEADDR);

const s = net.socket();
say("at first", read(s));
await attempt("set", () => s.setsockopt(net.SOL_SOCKET, net.SO_REUSEADDR, 1));
say("then", read(s));
await attempt("set to a boolean", () => s.setsockopt(net.SOL_SOCKET, net.SO_REUSEADDR, false));
say("then", read(s));

// A connection of the listener's in TIME_WAIT keeps others from the name, unless they ask for reuse.
const listener = net.socket();
listener.setsockopt(net.SOL_SOCKET, net.SO_REUSEADDR, 1);
listener.bind(["127.0.0.1", 0]);
listener.listen();
const address = listener.getsockname();
const client = net.socket();
await client.connect(address);
const [server] = await listener.accept();
listener.close();
server.close();
await client.recv(1);
client.close();
await attempt("bind without it", () => net.socket().bind(address));
const again = net.socket();
again.setsockopt(net.SOL_SOCKET, net.SO_REUSEADDR, 1);
await attempt("bind with it", () => again.bind(address));
