import { attempt, name, needIPv6, net, say } from "../support.js";

needIPv6();
const listener = net.socket(net.AF_INET6);
listener.setsockopt(net.IPPROTO_IPV6, net.IPV6_V6ONLY, 0);
say("IPV6_V6ONLY", listener.getsockopt(net.IPPROTO_IPV6, net.IPV6_V6ONLY));
listener.bind(["::", 0]);
listener.listen();
const port = name(listener.getsockname()[1], "listener");
say("listener", listener.getsockname());

const client = net.socket();
await client.connect(["127.0.0.1", port]);
const [server, address] = await listener.accept();
name(address[1], "client");
say("accept", address);
say("server", server.getsockname(), server.getpeername());

const mapped = net.socket(net.AF_INET6);
await mapped.connect(["::ffff:127.0.0.1", port]);
say("a mapped peer", mapped.getpeername());

await attempt("IPv4 on IPv6 alone", () => mapped.setsockopt(net.IPPROTO_IPV6, net.IPV6_V6ONLY, 1));
const only = net.socket(net.AF_INET6);
only.setsockopt(net.IPPROTO_IPV6, net.IPV6_V6ONLY, 1);
await attempt("a mapped address with IPV6_V6ONLY", () => only.connect(["::ffff:127.0.0.1", port]));
await attempt("a name of the other family", () => net.socket().connect(["::1", port]));
