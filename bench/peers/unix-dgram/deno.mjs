const sock = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
console.log("ready");
for await (const [data, address] of sock) await sock.send(data, address);
