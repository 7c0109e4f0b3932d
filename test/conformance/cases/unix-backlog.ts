import { attempt, errnoName, net, say } from "../support.js";

const listener = net.socket(net.AF_UNIX);
listener.bind("path");
listener.listen(0);
const first = net.socket(net.AF_UNIX);
await attempt("room for one", () => first.connect("path"));

const s = net.socket(net.AF_UNIX);
s.setblocking(false);
await attempt("without blocking", () => s.connect("path"));
say("connectEx", errnoName(await s.connectEx("path")));
s.settimeout(0.05);
say("connectEx with a timeout", errnoName(await s.connectEx("path")));

await listener.accept();
await attempt("once there is room", () => s.connect("path"));
listener.close();
await attempt("a closed listener", () => net.socket(net.AF_UNIX).connect("path"));
