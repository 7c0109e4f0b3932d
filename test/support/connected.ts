import {
  AF_INET,
  AF_UNIX,
  createConnection,
  createServer,
  SOCK_DGRAM,
  type Socket,
  socket,
} from "berkeley";

/** A TCP connection over loopback: the end that connected, and the one that was accepted. */
export async function connected(): Promise<[Socket, Socket]> {
  const listener = createServer(["127.0.0.1", 0]);
  const client = await createConnection(listener.getsockname());
  const [connection] = await listener.accept();
  listener.close();
  return [client, connection];
}

/** Two UDP sockets over loopback. The first is connected to the second, which receives from anybody. */
export async function udpPair(): Promise<[Socket<typeof AF_INET>, Socket<typeof AF_INET>]> {
  const near = socket(AF_INET, SOCK_DGRAM);
  const far = socket(AF_INET, SOCK_DGRAM);
  far.bind(["127.0.0.1", 0]);
  await near.connect(far.getsockname());
  return [near, far];
}

/** A Unix listener, and the one connection that its queue has room for. */
export async function fullListener(
  path = "",
): Promise<[Socket<typeof AF_UNIX>, Socket<typeof AF_UNIX>]> {
  const listener = socket(AF_UNIX);
  listener.bind(path);
  listener.listen(0);
  const first = socket(AF_UNIX);
  await first.connect(listener.getsockname());
  return [listener, first];
}
