const A_TURN = 64;
const [hostname, port] = process.argv[2].split(":");
const message = Buffer.alloc(Number(process.argv[3]), "a");
const batch = Number(process.argv[4]);
const sock = await Bun.udpSocket({ connect: { hostname, port: Number(port) } });
const messages = Array(batch).fill(message);
const send = () => {
  if (batch > 1) sock.sendMany(messages);
  else for (let i = 0; i < A_TURN; i++) sock.send(message);
  setImmediate(send);
};
send();
