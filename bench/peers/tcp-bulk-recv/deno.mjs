const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log("ready", listener.addr.port);
const conn = await listener.accept();
const buffer = new Uint8Array(65536);
while ((await conn.read(buffer)) !== null);
