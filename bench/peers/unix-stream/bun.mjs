Bun.listen({
  unix: process.argv[2],
  socket: {
    data(conn, data) {
      conn.write(data);
    },
  },
});
console.log("ready");
