import { createConnection } from "berkeley/sync";

const sock = createConnection(["127.0.0.1", Number(process.argv[2] ?? 9999)]);
sock.sendall("你好");
console.log(sock.recv(1024).toString());
sock.close();
