import { attempt, net, say, tcpPair } from "../support.js";

let [client, server] = await tcpPair();
server.setsockopt(net.SOL_SOCKET, net.SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer));
say("SO_LINGER", server.getsockopt(net.SOL_SOCKET, net.SO_LINGER, 8));
server.close();
await attempt("recv", () => client.recv(10));
await attempt("recv again", () => client.recv(10));
await attempt("send", () => client.send("x"));
await attempt("peer", () => client.getpeername());
await attempt("own name", () => client.getsockname());

// Closing with data unread resets too.
[client, server] = await tcpPair();
await client.sendall("unread");
await server.recv(1);
server.close();
await attempt("recv, closed with data unread", () => client.recv(10));
