import { requirePeer } from "../../lib/peer-modules.mjs";

requirePeer("raw-socket");
