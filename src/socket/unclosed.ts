/** Sockets that nobody can reach any more, and nobody closed: a warning, and they are closed. */
import type { Descriptor } from "./descriptor.js";
import { nextTurn } from "./turn.js";

const unclosed = new FinalizationRegistry<Descriptor>((descriptor) => {
  if (descriptor.fd < 0) return;
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
  unclosed.unregister(descriptor);
}
