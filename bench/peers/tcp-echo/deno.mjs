const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log("ready", listener.addr.port);
for await (const conn of listener) {
  conn.setNoDelay();
  echo(conn).catch(() => conn.close());
}

async function echo(conn) {
  const buffer = new Uint8Array(65536);
  for (;;) {
    const size = await conn.read(buffer);
    if (size === null) break;
    await conn.write(buffer.subarray(0, size));
  }
  conn.close();
}
