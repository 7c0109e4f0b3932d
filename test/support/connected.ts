import { createConnection, createServer, type Socket } from "berkeley";

/** A TCP connection over loopback: the end that connected, and the one that was accepted. */
export async function connected(): Promise<[Socket, Socket]> {
  const listener = createServer(["127.0.0.1", 0]);
  const client = await createConnection(listener.getsockname());
  const [connection] = await listener.accept();
  listener.close();
  return [client, connection];
}
