import { createInterface, type Interface } from "node:readline/promises";
import { PROMPT } from "./words.js";

/** What came first: a line (null at the end of the input), or something else. */
export type First<T> = { readonly line: string | null } | { readonly other: T };

/**
 * The lines that the user gives: typed at a terminal with editing and history, or from a pipe or a
 * file, where each is printed behind its prompt, so that what is on the screen reads the same.
 */
export class Lines {
  readonly #terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  readonly #readline: Interface;
  readonly #source: AsyncIterator<string>;
  readonly #leaving = new AbortController();
  #pending: Promise<First<never>> | undefined;
  #closed = false;
  /** The cursor stands behind a prompt: what is printed next needs a new line first. */
  #atPrompt = false;

  constructor() {
    this.#readline = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#terminal,
      prompt: PROMPT,
      historySize: 1000,
      removeHistoryDuplicates: true,
    });
    // From here on no line is lost, however early it comes.
    this.#source = this.#readline[Symbol.asyncIterator]();
    this.#readline.once("close", () => {
      this.#closed = true;
    });
    // After Ctrl-Z and fg readline draws the line again, but leaves its input paused.
    this.#readline.on("SIGCONT", () => this.#readline.resume());
    this.#readline.once("SIGINT", () => {
      this.#leaving.abort();
      this.close();
    });
  }

  /** Aborts at Ctrl-C, for what must not go on waiting then. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Prints what only somebody at a terminal wants to know. */
  hint(text: string): void {
    if (this.#terminal) console.log(text);
  }

  prompt(): void {
    this.#atPrompt = true;
    // readline refuses to prompt once its input has ended, though lines are left in its queue.
    if (this.#terminal && !this.#closed) this.#readline.prompt(true);
    else process.stdout.write(PROMPT);
  }

  /** The next line, or what `other` gives if that comes first; the line is then still to come. */
  async nextOr<T>(other: Promise<T>): Promise<First<T>> {
    this.#pending ??= this.#source
      .next()
      .then(({ done, value }) => ({ line: done ? null : value }));
    const first = await Promise.race([this.#pending, other.then((value) => ({ other: value }))]);
    if ("line" in first) {
      this.#pending = undefined;
      this.#atPrompt = false;
      // What is typed at a terminal is on the screen already, with its newline, but Ctrl-D is not.
      if (!this.#terminal || first.line === null) process.stdout.write(`${first.line ?? ""}\n`);
    }
    return first;
  }

  /** Prints what came while the prompt stood there, above a new prompt with what is typed so far. */
  interrupt(text: string): void {
    process.stdout.write(this.#terminal ? `\r\x1b[J${text}\n` : `\n${text}\n`);
    this.prompt();
  }

  close(): void {
    this.#readline.close();
    if (this.#atPrompt) process.stdout.write("\n");
    this.#atPrompt = false;
  }
}
