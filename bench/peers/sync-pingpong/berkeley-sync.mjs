import { AF_UNIX, createConnection, socket } from "berkeley/sync";

const [target, size] = [process.argv[2], Number(process.argv[3])];
const conn = connect();
const message = Buffer.alloc(size);
for (;;) {
  conn.sendall(message);
  conn.recv(size);
}

function connect() {
  if (!target.startsWith("/")) {
    const [host, port] = target.split(":");
    return createConnection([host, Number(port)]);
  }
  const sock = socket(AF_UNIX);
  sock.connect(target);
  return sock;
}
