// Where npm run bench:install puts packages that berkeley is only measured against.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

export const peerModules = fileURLToPath(new URL("../.peers/node_modules/", import.meta.url));

/** For a peer's own file: `const { DgramSocket } = requirePeer("node-unix-socket")`. */
export const requirePeer = createRequire(`${peerModules}here.js`);
