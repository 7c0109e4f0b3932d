import { attempt, net, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
await attempt("none", () => server.recv(1, net.MSG_OOB));
await client.send("before");
await attempt("send", () => client.send("!", net.MSG_OOB));
await client.send("after");
await attempt("recv stops at the mark", () => server.recv(100));
await attempt("the byte", () => server.recv(1, net.MSG_OOB));
await attempt("the byte again", () => server.recv(1, net.MSG_OOB));
await attempt("what follows", () => server.recv(100));

await attempt("inline", () => server.setsockopt(net.SOL_SOCKET, net.SO_OOBINLINE, 1));
await client.send("?", net.MSG_OOB);
await attempt("the byte in the stream", () => server.recv(100));
await attempt("no longer out of band", () => server.recv(1, net.MSG_OOB));
