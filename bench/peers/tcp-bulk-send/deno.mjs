const [hostname, port] = Deno.args[0].split(":");
const message = new Uint8Array(Number(Deno.args[1])).fill(97);
const conn = await Deno.connect({ hostname, port: Number(port) });
for (;;) {
  let sent = 0;
  while (sent < message.length) sent += await conn.write(message.subarray(sent));
}
