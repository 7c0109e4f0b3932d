import { Command } from "commander";
import {
  type AnySocket,
  type Endpoint,
  type EndpointOptions,
  endpoint,
  openServer,
  unlinker,
  withEndpoint,
} from "./endpoint.js";
import { endpointText } from "./failure.js";
import { examples } from "./help.js";
import { answer, converse, serve } from "./serve.js";
import { addressText } from "./show.js";
import { untilSignal } from "./signal.js";

/** The tutorial's part three: a connection is shown, and that is all. */
async function showConnection(conn: AnySocket): Promise<string> {
  const ours = addressText(conn.getsockname());
  console.log(`  socket ${conn.fileno()}: ${ours} <- ${addressText(conn.getpeername())}`);
  return "closed";
}

async function run(options: EndpointOptions): Promise<void> {
  const at: Endpoint = endpoint(options);
  const stop = untilSignal();
  const sock = await openServer(at);
  const unlink = unlinker(at);
  try {
    // With --port 0 the kernel chose the port: only the socket knows it.
    const where = at.kind === "unix" ? endpointText(at) : addressText(sock.getsockname());
    console.log(`listening on ${where}${at.udp ? " (datagrams)" : ""}; Ctrl-C ends`);
    if (at.udp) await answer(sock, stop, console.log);
    else await serve(sock, options.connectOnly ? showConnection : converse, stop, console.log);
    // A terminal has echoed ^C without a new line.
    console.log(process.stdout.isTTY ? "\nended" : "ended");
  } finally {
    sock.close();
    unlink();
  }
}

export function serverCommand(): Command {
  return withEndpoint(
    new Command("server"),
    "show each connection, and close it (the tutorial's part three)",
  )
    .summary("the tutorial's server, for any number of clients at once")
    .description(
      "The tutorial's server, for any number of clients: greets each, sends back what\n" +
        "it hears with 好的 added, and hangs up at q.",
    )
    .addHelpText(
      "after",
      examples([
        ["berkeley server", "on 127.0.0.1, port 9999"],
        ["berkeley server --host 0.0.0.0 --port 8000", "reachable from other machines"],
        ["berkeley server --host ::1", "on IPv6's loopback"],
        ["berkeley server --unix /tmp/talk.sock", "on a Unix-domain socket"],
        ["berkeley server --udp", "answers each datagram"],
        ["berkeley server --connect-only", "only shows who connects"],
      ]),
    )
    .action(run);
}
