import { Command } from "commander";
import { type AnySocket, type Endpoint, openClient, openServer } from "./endpoint.js";
import { examples } from "./help.js";
import { converse, serve } from "./serve.js";
import { addressText } from "./show.js";
import { talk } from "./talk.js";

/** Loopback, on a port that the kernel picks: the tutorial must start whatever else is running. */
const loopback = (port: number): Endpoint => ({ kind: "ip", host: "127.0.0.1", port, udp: false });

const log = (line: string) => console.log(`server: ${line}`);

async function run(): Promise<void> {
  const listener = await openServer(loopback(0));
  const [host, port] = listener.getsockname() as [string, number];
  log(`listening on ${addressText([host, port])}`);

  const stop = new AbortController();
  let goodbye = () => {};
  const attended = new Promise<void>((resolve) => {
    goodbye = resolve;
  });
  const attend = (conn: AnySocket) => converse(conn).finally(goodbye);
  const serving = serve(listener, attend, stop.signal, log);
  try {
    const at = loopback(port);
    const sock = await openClient(at);
    try {
      await talk(sock, at);
    } finally {
      sock.close();
    }
    await attended;
  } finally {
    stop.abort();
    await serving;
  }
}

export function tutorialCommand(): Command {
  return new Command("tutorial")
    .summary("the tutorial's conversation: a server and a client of it")
    .description(
      "The tutorial's conversation, live: a server and a client of it in one process,\n" +
        "on loopback. Each line you type comes back with 好的 added; q ends it.",
    )
    .addHelpText(
      "after",
      examples([
        ["berkeley tutorial", "type, and be answered"],
        ["printf '你好\\nq\\n' | berkeley tutorial", "lines from a pipe"],
      ]),
    )
    .action(run);
}
