import { requirePeer } from "../../lib/peer-modules.mjs";

requirePeer("unix-dgram");
