import { socket } from "berkeley"; // import socket

const port = Number(process.argv[2] ?? 9999);
const sk = socket(); // sk = socket.socket()
sk.bind(["127.0.0.1", port]); // sk.bind(('127.0.0.1', 9999,))
sk.listen(5); // sk.listen(5)
console.log(sk.getsockname());

// while True: conn, address = sk.accept()
for await (const [conn, address] of sk) {
  console.log(conn, address); // print(conn, address)
  conn.close();
}
