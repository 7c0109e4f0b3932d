import { createInterface, type Interface } from "node:readline/promises";
import { PROMPT } from "./words.js";

/** What came first: a line (null at the end of the input), or something else. */
type First<T> = { readonly line: string | null } | { readonly other: T };

/**
 * The lines that the user gives: typed at a terminal with editing and history, or from a pipe or a
 * file. The latter are printed after their prompts, so that the screen reads the same.
 */
export class Lines {
  readonly #terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  readonly #readline: Interface;
  readonly #source: AsyncIterator<string>;
  readonly #leaving = new AbortController();
  #pending: Promise<First<never>> | undefined;
  #closed = false;
  /** The cursor is after a prompt: what is printed next needs a new line first. */
  #atPrompt = false;
  /** How many lines were typed ahead: completed at a terminal before anybody asked for them. */
  #ahead = 0;

  constructor() {
    this.#readline = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: this.#terminal,
      prompt: "",
      historySize: 1000,
      removeHistoryDuplicates: true,
    });
    // From here on no line is lost, however early it comes.
    this.#source = this.#readline[Symbol.asyncIterator]();
    this.#readline.on("line", () => {
      this.#ahead++;
      // What is typed from here on has no prompt until it is asked for.
      this.#readline.setPrompt("");
    });
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

  /** Aborts at Ctrl-C, for calls that must not go on waiting then. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Prints what only somebody at a terminal wants to know. */
  hint(text: string): void {
    if (this.#terminal) console.log(text);
  }

  prompt(): void {
    if (!this.#terminal) process.stdout.write(PROMPT);
    // The prompt of a line that was typed ahead is printed with it.
    else if (this.#ahead > 0) return;
    // readline refuses to prompt once its input has ended.
    else if (this.#closed) process.stdout.write(PROMPT);
    else {
      this.#readline.setPrompt(PROMPT);
      this.#readline.prompt(true);
    }
    this.#atPrompt = true;
  }

  /** The next line, or what `other` gives if that comes first; the line is then still to come. */
  async nextOr<T>(other: Promise<T>): Promise<First<T>> {
    this.#pending ??= this.#source
      .next()
      .then(({ done, value }) => ({ line: done ? null : value }));
    const first = await Promise.race([this.#pending, other.then((value) => ({ other: value }))]);
    if ("line" in first) {
      this.#pending = undefined;
      if (first.line !== null) this.#ahead--;
      // What is typed at a prompt is on the screen already, with its newline, but Ctrl-D is not.
      if (!this.#terminal || first.line === null) process.stdout.write(`${first.line ?? ""}\n`);
      else if (!this.#atPrompt) this.print(PROMPT + first.line);
      this.#atPrompt = false;
    }
    return first;
  }

  /** Prints above the line that is being typed, or that is waited for. */
  print(text: string): void {
    if (this.#terminal && !this.#closed) this.#printAbove(text);
    else process.stdout.write(this.#atPrompt ? `\n${text}\n${PROMPT}` : `${text}\n`);
  }

  #printAbove(text: string): void {
    if (!this.#atPrompt && this.#readline.line === "") {
      process.stdout.write(`${text}\n`);
      return;
    }
    // A long line takes several rows, and the cursor is in the last.
    const { rows } = this.#readline.getCursorPos();
    process.stdout.write(`${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J${text}\n`);
    // readline moves up by as many rows as it believes the cursor to be below the beginning of the line: none
    // now.
    Object.assign(this.#readline, { prevRows: 0 });
    this.#readline.prompt(true);
  }

  close(): void {
    // What was typed but not completed keeps its line on the screen.
    const isDrawn = this.#atPrompt || (this.#terminal && this.#readline.line !== "");
    this.#readline.close();
    if (isDrawn) process.stdout.write("\n");
    this.#atPrompt = false;
  }
}
