/** Closes sockets that were collected unclosed, with a warning. */
import { onlyOne } from "../native.js";
import type { Descriptor } from "./descriptor.js";
import { nextTurn } from "./turn.js";

/** By number: the newest object that holds it and has not been closed, as far as this thread knows. */
const holders: (Descriptor | undefined)[] = onlyOne("holders", () => []);

const unclosed = new FinalizationRegistry<Descriptor>((descriptor) => {
  // The number may be somebody else's by now: it was closed with `close(fd)`, or another object holds it.
  if (descriptor.fd < 0 || holders[descriptor.fd] !== descriptor) return;
  process.emitWarning(`a socket was collected unclosed (fd ${descriptor.fd}): close() it`, {
    type: "ResourceWarning",
    code: "BERKELEY_UNCLOSED",
  });
  descriptor.close();
});

/** Sockets made in this turn of the loop. A busy server closes many of them in the same turn, and to register
 *  one costs more than everything else that JavaScript does for it. */
let made: [socket: object, descriptor: Descriptor][] = [];

function registerMade(): void {
  const sockets = made;
  made = [];
  for (const [socket, descriptor] of sockets) {
    if (descriptor.fd >= 0) unclosed.register(socket, descriptor, descriptor);
  }
}

/** Looks after `socket` from now on. */
export function watchOver(socket: object, descriptor: Descriptor): void {
  holders[descriptor.fd] = descriptor;
  // A program of blocking calls may never come back to the loop.
  if (descriptor.face.mode === "sync") {
    unclosed.register(socket, descriptor, descriptor);
    return;
  }
  made.push([socket, descriptor]);
  if (made.length === 1) nextTurn(registerMade);
}

/** The descriptor has been closed, or is somebody else's now. */
export function forget(descriptor: Descriptor): void {
  if (holders[descriptor.fd] === descriptor) forgetNumber(descriptor.fd);
  unclosed.unregister(descriptor);
}

/** The number is closed without its object, which must not close it once more. */
export function forgetNumber(fd: number): void {
  holders[fd] = undefined;
}
