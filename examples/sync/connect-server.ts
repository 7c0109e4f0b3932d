import { socket } from "berkeley/sync"; // import socket

const port = Number(process.argv[2] ?? 9999);
const sk = socket(); // sk = socket.socket()
sk.bind(["127.0.0.1", port]); // sk.bind(('127.0.0.1', 9999,))
sk.listen(5); // sk.listen(5)
console.log(sk.getsockname());

while (true) {
  const [conn, address] = sk.accept(); // conn, address = sk.accept()
  console.log(conn, address); // print(conn, address)
  conn.close();
}
