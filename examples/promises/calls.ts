import { AF_INET, SOCK_DGRAM, SOCK_STREAM, socket } from "berkeley"; // import socket

// One program plays both sides, on ports that the kernel picks (0).
const sk = socket(AF_INET, SOCK_STREAM, 0); // sk = socket.socket(AF_INET, SOCK_STREAM, 0)
sk.bind(["127.0.0.1", 0]); // sk.bind(address)
sk.listen(5); // sk.listen(backlog)
const here = sk.getsockname(); // sk.getsockname()

const obj = socket();
obj.settimeout(5); // sk.settimeout(timeout)
await obj.connect(here); // sk.connect(address)
const [conn, address] = await sk.accept(); // conn, address = sk.accept()
console.log("accepted the client:", address[1] === obj.getsockname()[1]);
console.log("its peer is the server:", obj.getpeername()[1] === here[1]); // sk.getpeername()
console.log("a descriptor's number:", Number.isInteger(conn.fileno())); // sk.fileno()

console.log("sent", await obj.send("你好"), "bytes"); // sk.send(bytes)
console.log("received", (await conn.recv(1024)).toString()); // sk.recv(bufsize)
await obj.sendall("再见"); // sk.sendall(bytes)
const [data, from] = await conn.recvfrom(1024); // data, address = sk.recvfrom(bufsize)
console.log("received", data.toString(), "from", from);

conn.setblocking(false); // sk.setblocking(False)
try {
  await conn.recv(1024);
} catch (error) {
  console.log("nothing there yet:", (error as NodeJS.ErrnoException).code);
}

conn.close(); // sk.close()
console.log("the end of the stream:", (await obj.recv(1024)).length, "bytes");
obj.close();
sk.close();

const late = socket();
console.log("nobody listens there now:", await late.connectEx(here)); // sk.connect_ex(address)
late.close();

const inbox = socket(AF_INET, SOCK_DGRAM);
inbox.bind(["127.0.0.1", 0]);
const outbox = socket(AF_INET, SOCK_DGRAM);
console.log("sent", await outbox.sendto("一封信", inbox.getsockname()), "bytes"); // sk.sendto(bytes, address)
console.log("received", (await inbox.recvfrom(1024))[0].toString());
inbox.close();
outbox.close();
