const [hostname, port] = Deno.args[0].split(":");
const message = new Uint8Array(Number(Deno.args[1])).fill(97);
const sock = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const address = { transport: "udp", hostname, port: Number(port) };
for (;;) await sock.send(message, address);
