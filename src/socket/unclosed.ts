/** Sockets that nobody can reach any more, and nobody closed: a warning, and they are closed. */
import { onlyOne } from "../native.js";
import type { Descriptor } from "./descriptor.js";
import { nextTurn } from "./turn.js";

/** Whose each number is, as far as this thread knows: the newest that has not been closed. */
const holders: (Descriptor | undefined)[] = onlyOne("holders", () => []);

const unclosed = new FinalizationRegistry<Descriptor>((descriptor) => {
  // The number may be somebody else's by now: closed by itself, or held by another object.
  if (descriptor.fd < 0 || holders[descriptor.fd] !== descriptor) return;
  process.emitWarning(`a socket was collected unclosed (fd ${descriptor.fd}): close() it`, {
    type: "ResourceWarning",
    code: "BERKELEY_UNCLOSED",
  });
  descriptor.close();
});

/** Made in this turn of the loop. Many a socket of a busy server is closed in it, too, and to
 *  register it would cost more than all else that is done in JavaScript for it. */
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

/** The descriptor is closed, or somebody else's. */
export function forget(descriptor: Descriptor): void {
  if (holders[descriptor.fd] === descriptor) forgetNumber(descriptor.fd);
  unclosed.unregister(descriptor);
}

/** The number is closed by itself: nobody who has it still is to close it once more. */
export function forgetNumber(fd: number): void {
  holders[fd] = undefined;
}
