import { connect } from "node:net";

const [host, port] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const conn = connect(Number(port), host);
const send = () => {
  while (conn.write(message));
};
conn.on("connect", send).on("drain", send);
conn.on("error", () => process.exit());
