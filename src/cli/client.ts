import { Command } from "commander";
import { type EndpointOptions, endpoint, openClient, withEndpoint } from "./endpoint.js";
import { endpointText } from "./failure.js";
import { examples } from "./help.js";
import { addressText } from "./show.js";
import { talk } from "./talk.js";

async function run(options: EndpointOptions): Promise<void> {
  const at = endpoint(options);
  const sock = await openClient(at);
  try {
    if (options.connectOnly) {
      const ours = addressText(sock.getsockname());
      console.log(`connected to ${endpointText(at)} from ${ours}`);
    } else {
      await talk(sock, at);
    }
  } finally {
    sock.close();
  }
}

export function clientCommand(): Command {
  return withEndpoint(new Command("client"), "connect, and close (the tutorial's part three)")
    .summary("the tutorial's client")
    .description(
      "The tutorial's client: shows the greeting, then sends each line and shows the\n" +
        "answer. q ends it, and so do Ctrl-D, Ctrl-C and the end of a file or pipe.",
    )
    .addHelpText(
      "after",
      examples([
        ["berkeley client", "to 127.0.0.1, port 9999"],
        ["berkeley client --host ::1 --port 8000", "to another address and port"],
        ["berkeley client --unix /tmp/talk.sock", "to a Unix-domain socket"],
        ["berkeley client --udp", "each line as a datagram"],
        ["printf '你好\\nq\\n' | berkeley client", "lines from a pipe"],
        ["berkeley client --connect-only", "only connect"],
      ]),
    )
    .action(run);
}
