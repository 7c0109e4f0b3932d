const sock = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
console.log("ready", sock.port);
