import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_KEY,
  AF_RXRPC,
  CAN_BCM,
  CAN_ISOTP,
  CAN_J1939,
  CAN_RAW,
  constants,
  type Family,
  IPPROTO_DCCP,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_MPTCP,
  IPPROTO_RAW,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
  SOCK_DCCP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SocketError,
  socket,
} from "berkeley";
import { Command } from "commander";
import { examples } from "./help.js";
import { type Column, json, type Style, styled, table } from "./table.js";

const TYPES = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP };
type TypeName = keyof typeof TYPES;

/** A protocol to ask for by its number. Most types of most families have only one, which is 0. */
interface Protocol {
  readonly name: string;
  readonly proto: number;
}

const icmp = (proto: number): Protocol => ({ name: "icmp", proto });

function internet(icmpProto: number): Partial<Record<TypeName, readonly Protocol[]>> {
  return {
    SOCK_STREAM: [
      { name: "tcp", proto: IPPROTO_TCP },
      { name: "mptcp", proto: IPPROTO_MPTCP },
      { name: "sctp", proto: IPPROTO_SCTP },
    ],
    SOCK_DGRAM: [
      { name: "udp", proto: IPPROTO_UDP },
      { name: "udplite", proto: IPPROTO_UDPLITE },
      icmp(icmpProto),
    ],
    SOCK_RAW: [icmp(icmpProto), { name: "ip", proto: IPPROTO_RAW }],
    SOCK_SEQPACKET: [{ name: "sctp", proto: IPPROTO_SCTP }],
    SOCK_DCCP: [{ name: "dccp", proto: IPPROTO_DCCP }],
  };
}

/** The families whose protocols are asked for by name. */
const PROTOCOLS: Readonly<Record<number, Partial<Record<TypeName, readonly Protocol[]>>>> = {
  [AF_INET]: internet(IPPROTO_ICMP),
  [AF_INET6]: internet(IPPROTO_ICMPV6),
  [AF_CAN]: {
    SOCK_RAW: [{ name: "raw", proto: CAN_RAW }],
    SOCK_DGRAM: [
      { name: "bcm", proto: CAN_BCM },
      { name: "isotp", proto: CAN_ISOTP },
      { name: "j1939", proto: CAN_J1939 },
    ],
  },
  // PF_KEY_V2 of RFC 2367, and the family that RxRPC is carried over.
  [AF_KEY]: { SOCK_RAW: [{ name: "v2", proto: 2 }] },
  [AF_RXRPC]: { SOCK_DGRAM: [{ name: "ip", proto: AF_INET }] },
};

const ANY: readonly Protocol[] = [{ name: "yes", proto: 0 }];

interface Tried {
  readonly family: string;
  readonly number: number;
  readonly type: TypeName;
  readonly protocol: string | null;
  readonly offered: boolean;
  /** The errno's name, if it is not offered. */
  readonly code: string | null;
}

/** Null, or why there is no such socket. */
function refusal(family: number, type: number, proto: number): string | null {
  try {
    socket(family as Family, type, proto).close();
    return null;
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
}

/** The name for no family, and second names of families. */
const NOT_SHOWN = new Set(["AF_UNSPEC", "AF_FILE", "AF_LOCAL", "AF_ROUTE"]);

function familyNames(): [name: string, number: number][] {
  return Object.entries(constants as Readonly<Record<string, number | undefined>>)
    .filter((entry): entry is [string, number] => /^AF_/.test(entry[0]) && entry[1] !== undefined)
    .filter(([name]) => !NOT_SHOWN.has(name))
    .sort(([, one], [, other]) => one - other);
}

function tryAll(): Tried[] {
  return familyNames().flatMap(([family, number]) =>
    (Object.keys(TYPES) as TypeName[]).flatMap((type) =>
      (PROTOCOLS[number]?.[type] ?? ANY).map(({ name, proto }) => {
        const code = refusal(number, TYPES[type], proto);
        const protocol = name === "yes" ? null : name;
        return { family, number, type, protocol, offered: code === null, code };
      }),
    ),
  );
}

/** Refusals that leave open whether the kernel has it. */
const FORBIDDEN = new Set(["EPERM", "EACCES"]);

interface Row {
  readonly family: string;
  readonly number: number;
  readonly cells: Readonly<Record<TypeName, readonly Tried[]>>;
}

function cellText(tried: readonly Tried[]): string {
  const shown = tried
    .filter(({ offered, code }) => offered || FORBIDDEN.has(code ?? ""))
    .map(({ protocol, code }) => {
      const name = protocol ?? "yes";
      if (code === null) return name;
      return protocol === null ? code : `${name}:${code}`;
    });
  return shown.length > 0 ? shown.join(" ") : "-";
}

function cellStyle(tried: readonly Tried[]): Style {
  if (tried.some(({ offered }) => offered)) return "green";
  return tried.some(({ code }) => FORBIDDEN.has(code ?? "")) ? "yellow" : "dim";
}

function run({ all, json: asJson }: { all?: true; json?: true }): void {
  const tried = tryAll();
  if (asJson) {
    console.log(json(tried));
    return;
  }
  const byFamily = new Map<string, Row>();
  for (const one of tried) {
    const cells = Object.fromEntries(Object.keys(TYPES).map((type) => [type, [] as Tried[]]));
    const row = byFamily.get(one.family) ?? {
      family: one.family,
      number: one.number,
      cells: cells as Record<TypeName, Tried[]>,
    };
    byFamily.set(one.family, row);
    (row.cells[one.type] as Tried[]).push(one);
  }
  const rows = [...byFamily.values()];
  const hasAny = ({ cells }: Row) => Object.values(cells).some((cell) => cellText(cell) !== "-");
  const shown = all ? rows : rows.filter(hasAny);
  const shape: Column<Row>[] = [
    { title: "FAMILY", text: ({ family }) => family },
    { title: "NO", align: "right", text: ({ number }) => String(number) },
    ...(Object.keys(TYPES) as TypeName[]).map((type) => ({
      title: type.replace("SOCK_", ""),
      text: ({ cells }: Row) => cellText(cells[type]),
      style: ({ cells }: Row) => cellStyle(cells[type]),
    })),
  ];
  console.log(table(shown, shape));
  const missing = rows.length - shown.length;
  if (missing > 0) console.log(styled("dim", `${missing} families are not offered: --all`));
}

export function familiesCommand(): Command {
  return new Command("families")
    .summary("which families and types this kernel offers, each tried")
    .description(
      "Makes a socket of each family and type, and shows which ones the kernel offers.\n" +
        "EPERM or EACCES means that this user may make none. The kernel may look at\n" +
        "the privilege first, as for AF_PACKET: then only root learns whether it has\n" +
        "that type.",
    )
    .option("--all", "also families of which the kernel offers nothing")
    .option("--json", "each attempt as JSON, with its errno")
    .addHelpText(
      "after",
      examples([
        ["berkeley families", "what there is"],
        ["berkeley families --json", "for a program"],
      ]),
    )
    .action(run);
}
