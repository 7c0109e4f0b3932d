import { socket } from "berkeley/sync"; // import socket

const port = Number(process.argv[2] ?? 9999);
const obj = socket(); // obj = socket.socket()
obj.connect(["127.0.0.1", port]); // obj.connect(('127.0.0.1', 9999,))
obj.close(); // obj.close()
