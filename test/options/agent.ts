/** Runs in a network namespace: opens one socket for each question, sets options, and receives or
 * sends as the question says. */
import { AF_INET, AF_INET6, SOCK_DGRAM } from "berkeley";
import { type Socket, setOption, socket } from "berkeley/sync";

/** Options in order, by name; an error's code is the answer. */
export type Options = readonly (readonly [name: string, value: unknown])[];

/** The first answer is the port; the second, when a datagram says `end`, what came before it. */
interface Receive {
  readonly does: "receive";
  readonly six: boolean;
  readonly options: Options;
}

export interface Send {
  readonly does: "send";
  readonly six: boolean;
  readonly port: number;
  readonly options: Options;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

const set = setOption as (target: Socket, name: string, value: unknown) => void;
/** No assertion: an end to a test that would wait for good. */
const LONG_SEC = 30;

function open({ six, options }: Receive | Send): Socket {
  const one = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM);
  one.settimeout(LONG_SEC);
  for (const [name, value] of options) set(one, name, value);
  return one;
}

function receive(question: Receive): string[] {
  const one = open(question);
  one.bind(["", 0]);
  const [, port] = one.getsockname() as [host: string, port: number];
  process.send?.(port);
  const got: string[] = [];
  for (;;) {
    const text = String(one.recv(100));
    if (text === "end") break;
    got.push(text);
  }
  one.close();
  return got;
}

function send(question: Send): string {
  const one = open(question);
  one.bind([question.from, 0]);
  one.sendto(question.text, [question.to, question.port]);
  one.close();
  return "sent";
}

process.on("message", (question: Receive | Send) => {
  try {
    process.send?.(question.does === "send" ? send(question) : receive(question));
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
