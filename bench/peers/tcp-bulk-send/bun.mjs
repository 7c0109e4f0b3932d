const [hostname, port] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
let rest = message;
const send = (conn) => {
  for (;;) {
    const sent = conn.write(rest);
    if (sent < rest.length) {
      rest = rest.subarray(Math.max(sent, 0));
      return;
    }
    rest = message;
  }
};
Bun.connect({ hostname, port: Number(port), socket: { open: send, drain: send, data() {} } });
