#!/usr/bin/env node
/** Writes docs/options.md from the table of options (src/options/rows), which must be built. */
import { readFileSync, writeFileSync } from "node:fs";
import { optionTable } from "berkeley";
import { command, markdownTable } from "./lib.mjs";

const { check: isCheck } = command(
  "node scripts/options-table.mjs",
  "Writes docs/options.md from the rows of src/options/rows; npm run build comes first.",
  "node scripts/options-table.mjs --check",
)
  .option("--check", "write nothing; exit 1 if the committed file is not what would be written")
  .parse()
  .opts();

const file = new URL("../docs/options.md", import.meta.url);

/** What a value of each kind is. */
const kinds = {
  bool: "`boolean`",
  int: "`number`: an integer from -2^31 to 2^31 - 1",
  uint: "`number`: an integer from 0 to 2^32 - 1",
  bits: "as `uint`; what `|` and `~` give, below 0, stands for the same bits",
  byte: "`number`: an integer from 0 to 255",
  uint64: "`number`: an integer from 0 to 2^53 - 1, or `Infinity` for all bits",
  id64: "`bigint`",
  uints: "`number[]`",
  bitSet: "`number[]`: the numbers that are in the set",
  action: "nothing: `setOption(target, name)`",
  bareAction: "nothing: `setOption(target, name)`",
  string: "`string` of at most 15 bytes to set",
  bytes: "`Buffer`; a `Uint8Array`, `ArrayBuffer`, `DataView` or string (as UTF-8) to set",
  linger: "`{ onoff: boolean, seconds: number }`",
  timeval: "`number` of seconds, to the microsecond; the kernel rounds up to its tick",
  ucred: "`{ pid, uid, gid }`",
  interface: "`number`: an interface's index; its name can be set, too",
  interfaceBE: "as `interface` (the kernel has it in network byte order)",
  portRange: "`[lowest, highest]`",
  txTime: "`{ clockid, flags }`",
  packetMreq: "`{ interface, type, address?: Uint8Array }`",
  packetStatistics: "`{ packets, drops }`",
  canFilters: "`{ id, mask }[]`",
  memoryInfo: "an object of the `SK_MEMINFO_*` fields: `rmemAlloc`, `rcvbuf`, …",
  sockaddrIn: "`[host, port]`",
  sockaddrIn6: "`[host, port, flowinfo, scopeId]`",
  ipMreqn: "`{ group, local?, interface? }`: an interface by its address, or its name or index",
  multicastIf: "`{ local?, interface? }` to set; reads as the local address",
  ipMreqSource: "`{ group, source, local? }`",
  ipv6Mreq: "`{ group, interface? }`",
  groupReq: "`{ group, interface? }`",
  groupSourceReq: "`{ group, source, interface? }`",
  sockFilter: "`{ code, jt, jf, k }[]`: 1 to 4096 instructions of classic BPF",
  tcpInfo: "an object of the `tcpi_*` fields: `state`, `rtt` (µs), `sndCwnd`, `totalRetrans`, …",
};

const head = `# Options by name

<!-- Made by scripts/options-table.mjs from src/options/rows; do not edit. -->

\`getOption(target, name)\` and \`setOption(target, name, value)\`, in both entry points, know these options: the
type of the value follows from the name. The target is a \`Socket\` of either entry point, a descriptor, or a
\`net.Socket\`, \`net.Server\` or \`dgram.Socket\`. Any other option goes through \`getsockopt\` and \`setsockopt\`.

\`\`\`ts
setOption(socket, "TCP_KEEPIDLE", 60);
const { rtt, totalRetrans } = getOption(request.socket, "TCP_INFO"); // of node:http
\`\`\`

What the running kernel lacks is \`ENOPROTOOPT\`; most options of other sockets are that, or \`ENOTSUP\`.
`;

function optionRow({ name, kind, access, unit, needs, note, man }) {
  const way = access === "read and set" ? undefined : `${access} only`;
  const about = [way, needs && `needs ${needs.includes(" to ") ? needs : `${needs} to set`}`, note]
    .filter(Boolean)
    .join("; ");
  return [`\`${name}\``, `\`${kind}\``, unit ?? "", man, about];
}

function sections() {
  const levels = [...new Set(optionTable.map(({ level }) => level))];
  return levels.map((level) => {
    const rows = optionTable.filter((row) => row.level === level);
    const names = ["option", "kind", "unit", "see", ""];
    return `## ${level}\n\n${markdownTable(names, rows.map(optionRow))}\n`;
  });
}

function kindsSection() {
  const used = [...new Set(optionTable.map(({ kind }) => kind))];
  const unknown = used.find((kind) => kinds[kind] === undefined);
  if (unknown !== undefined) throw new Error(`${unknown}: say in this script what its value is`);
  const rows = Object.entries(kinds).map(([kind, value]) => [`\`${kind}\``, value]);
  return `## Kinds\n\n${markdownTable(["kind", "value"], rows)}\n`;
}

const made = [head, kindsSection(), ...sections()].join("\n");
if (!isCheck) {
  writeFileSync(file, made);
} else if (readFileSync(file, "utf8") !== made) {
  process.stderr.write(
    "docs/options.md is not what the rows say: node scripts/options-table.mjs\n",
  );
  process.exitCode = 1;
}
