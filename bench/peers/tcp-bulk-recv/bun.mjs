const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
console.log("ready", server.port);
