import { attempt, net, tcpPair } from "../support.js";

const [client, server] = await tcpPair();
await client.sendall("question");
await attempt("shutdown", () => client.shutdown(net.SHUT_WR));
await attempt("server reads", () => server.recv(100));
await attempt("server sees the end", () => server.recv(100));
await attempt("server answers", () => server.sendall("answer"));
await attempt("client reads", () => client.recv(100));
await attempt("client sends", () => client.send("x"));
await attempt("shutdown again", () => client.shutdown(net.SHUT_WR));
server.close();
await attempt("client sees the end", () => client.recv(100));

const [a, b] = net.socketpair();
await attempt("unix shutdown to read", () => a.shutdown(net.SHUT_RD));
await attempt("unix recv", () => a.recv(10));
await attempt("the peer sends", () => b.send("x"));
await attempt("the peer reads what still comes", async () => [await a.send("y"), await b.recv(10)]);
await attempt("unix shutdown of both", () => a.shutdown(net.SHUT_RDWR));
await attempt("the peer sees the end", () => b.recv(10));
await attempt("no such way to shut down", () => a.shutdown(99));
