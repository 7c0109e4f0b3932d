const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log("ready", listener.addr.port);
for await (const conn of listener) conn.close();
