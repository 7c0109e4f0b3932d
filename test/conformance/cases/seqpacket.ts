import { attempt, net, say } from "../support.js";

const listener = net.socket(net.AF_UNIX, net.SOCK_SEQPACKET);
listener.bind("path");
listener.listen();
const client = net.socket(net.AF_UNIX, net.SOCK_SEQPACKET);
await client.connect("path");
const [server, address] = await listener.accept();
say("accept", server.family, server.type, server.proto, address);

for (const record of ["one", "three", "", "fourteen"]) {
  await attempt("send", () => client.send(record));
}
await attempt("recv one record", () => server.recv(100));
await attempt("recv a part", () => server.recv(2));
await attempt("the rest was lost", () => server.recv(100));
await attempt("recvfrom", () => server.recvfrom(100));
await attempt("too long a record", () => client.send(Buffer.alloc(1 << 20)));
await attempt("sendto", () => client.sendto("x", "elsewhere"));
await attempt("shutdown", () => client.shutdown(net.SHUT_WR));
await attempt("recv what is left", () => server.recv(100));
await attempt("the end", () => server.recv(100));
await attempt("send after the shutdown", () => client.send("x"));
await attempt("the other way", () => server.sendall("answer"));
await attempt("it arrives", () => client.recv(100));
await attempt("not connected", () => net.socket(net.AF_UNIX, net.SOCK_SEQPACKET).send("x"));
const stream = net.socket(net.AF_UNIX);
await attempt("a stream connects", () => stream.connect("path"));
