import { createConnection } from "berkeley";

const [host, port] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const conn = await createConnection([host, Number(port)]);
for (;;) await conn.sendall(message);
