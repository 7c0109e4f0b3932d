const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(conn) {
      conn.end();
    },
    data() {},
  },
});
console.log("ready", server.port);
