import { requirePeer } from "../../lib/peer-modules.mjs";

const sock = requirePeer("unix-dgram").createSocket("unix_dgram");
sock.on("message", (data, { path }) => sock.send(data, 0, data.length, path));
sock.on("listening", () => console.log("ready"));
sock.bind(process.argv[2]);
