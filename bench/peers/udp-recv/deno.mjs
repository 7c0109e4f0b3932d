const sock = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
console.log("ready", sock.addr.port);
const buffer = new Uint8Array(2048);
for (;;) await sock.receive(buffer);
