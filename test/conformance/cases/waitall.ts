import { attempt, type Inet, listening, net, peer, say } from "../support.js";

const listener = listening();
const port = listener.getsockname()[1];

async function peerSays(...words: string[]): Promise<Inet> {
  peer("connect", port, ...words);
  return (await listener.accept())[0];
}

let s = await peerSays("send", "abc", "pause", "send", "defghi");
await attempt("recv waits for all", () => s.recv(6, net.MSG_WAITALL));
await attempt("and leaves the rest", () => s.recv(6));

s = await peerSays("send", "abc", "pause", "send", "def");
const buffer = Buffer.alloc(6);
await attempt("recvInto waits for all", () => s.recvInto(buffer, 0, net.MSG_WAITALL));
say("buffer", buffer);

s = await peerSays("send", "abc", "pause", "send", "def");
await attempt("recvfrom waits for all", async () => (await s.recvfrom(6, net.MSG_WAITALL))[0]);
s = await peerSays("send", "abc", "pause", "send", "def");
await attempt("recvmsg waits for all", async () => (await s.recvmsg(6, 0, net.MSG_WAITALL))[0]);
s = await peerSays("send", "abc", "pause", "send", "def");
await attempt("a peek waits for all", () => s.recv(6, net.MSG_WAITALL | net.MSG_PEEK));
await attempt("and takes nothing", () => s.recv(9));
s = await peerSays("send", "abc", "pause", "close");
await attempt("a peek waits for the end", () => s.recv(6, net.MSG_WAITALL | net.MSG_PEEK));

s = await peerSays("send", "abc", "pause", "reset");
await attempt("what breaks the stream", () => s.recv(6, net.MSG_WAITALL));
await attempt("is the next call's", () => s.recv(6, net.MSG_WAITALL));

s = await peerSays("send", "abc", "pause", "close");
await attempt("or for the end", () => s.recv(6, net.MSG_WAITALL));

let [a, b] = net.socketpair();
await a.sendall("abc");
b.setblocking(false);
await attempt("without blocking it gives what is there", () => b.recv(6, net.MSG_WAITALL));
await attempt("or that there is none", () => b.recv(6, net.MSG_WAITALL));

await a.sendall("abc");
b.settimeout(5);
await attempt("and so it does with a timeout", () => b.recv(6, net.MSG_WAITALL));

[a, b] = net.socketpair(net.AF_UNIX, net.SOCK_DGRAM);
await a.send("abc");
await attempt("a datagram is all", () => b.recv(6, net.MSG_WAITALL));
