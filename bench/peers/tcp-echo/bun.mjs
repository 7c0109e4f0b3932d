const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(conn, data) {
      conn.write(data);
    },
  },
});
console.log("ready", server.port);
