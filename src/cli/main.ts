#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { clientCommand } from "./client.js";
import { dumpCommand } from "./dump.js";
import { Failure } from "./failure.js";
import { familiesCommand } from "./families.js";
import { examples } from "./help.js";
import { ncCommand } from "./nc.js";
import { endWithOutput, leaveOutput } from "./output.js";
import { pingCommand } from "./ping.js";
import { serverCommand } from "./server.js";
import { printable } from "./show.js";
import { ssCommand } from "./ss.js";
import { traceCommand } from "./trace.js";
import { tutorialCommand } from "./tutorial.js";

/** Every command, in the order in which --help lists them. A new one takes a file here, and a row. */
const commands: readonly (() => Command)[] = [
  serverCommand,
  clientCommand,
  tutorialCommand,
  ncCommand,
  pingCommand,
  familiesCommand,
  ssCommand,
  traceCommand,
  dumpCommand,
];

function program(): Command {
  const manifest = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const berkeley = new Command("berkeley")
    .description(
      "The socket API at work: the tutorial's server and client, and the network's\n" +
        "usual tools.",
    )
    .version(version)
    .addHelpText(
      "after",
      examples([
        ["berkeley tutorial", "server and client in one terminal"],
        ["berkeley server", "the server alone, on 127.0.0.1:9999"],
        ["berkeley client", "a client of it, in another terminal"],
        ["berkeley client --help", "a command's own options and examples"],
      ]),
    );
  // An error in the arguments is one line, too: commander's suggestion goes to the end of it.
  berkeley.configureOutput({
    outputError: (text, write) => {
      const line = text
        .trim()
        .replace(/^error:/, "berkeley:")
        .replaceAll("\n", " ");
      write(`${printable(line)}\n`);
    },
  });
  // Commander would exit at once, and so hide that its help could not be written.
  berkeley.exitOverride();
  for (const command of commands) {
    berkeley.addCommand(command().copyInheritedSettings(berkeley));
  }
  return berkeley;
}

endWithOutput();
try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode; // commander has printed what is wrong, or its help
  } else {
    // What nobody foresaw is a bug of ours: it is shown with its stack.
    if (!(error instanceof Failure)) throw error;
    console.error(`berkeley: ${error.message}`);
    process.exitCode = error.status;
  }
}
leaveOutput();
