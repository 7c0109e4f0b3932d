import { requirePeer } from "../../lib/peer-modules.mjs";

requirePeer("node-unix-socket");
