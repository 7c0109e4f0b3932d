import { type Socket, socket } from "berkeley"; // import socket

const port = Number(process.argv[2] ?? 9999);
const sk = socket(); // sk = socket.socket()
sk.bind(["127.0.0.1", port]); // sk.bind(('127.0.0.1', 9999,))
sk.listen(5); // sk.listen(5)
console.log(sk.getsockname());

async function talk(conn: Socket) {
  await conn.sendall("欢迎光临"); // conn.sendall(bytes('欢迎光临', encoding='utf-8'))
  while (true) {
    const bytes = await conn.recv(1024); // ret_bytes = conn.recv(1024)
    const text = bytes.toString(); // ret_str = str(ret_bytes, encoding='utf-8')
    if (text === "q" || text === "") return; // if ret_str == 'q': break
    await conn.sendall(`${text}好的`); // else: conn.sendall(bytes(ret_str + '好的', encoding='utf-8'))
  }
}

// while True: conn, address = sk.accept()
for await (const [conn, address] of sk) {
  // Nobody waits here for this client: the next one is accepted while it talks.
  talk(conn)
    .catch((error) => console.error(error.message))
    .finally(() => {
      console.log(address); // print(address)
      conn.close();
    });
}
