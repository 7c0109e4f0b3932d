/** Python's getsockopt on the same descriptors, unpacked by Python's struct. */
import { spawnSync } from "node:child_process";
import { constants, type OptionRow } from "berkeley";
import type { Socket } from "berkeley/sync";
import { python } from "../support/machine.js";

const program = `
import json, socket, struct, sys

FORMATS = {"linger": "=2i", "timeval": "=2q", "ucred": "=iII", "uint64": "=Q", "id64": "=Q",
           "interfaceBE": ">i", "portRange": "=2H", "txTime": "=iI", "memoryInfo": "=9I",
           "packetStatistics": "=2I"}
INTS = ("bool", "int", "uint", "bits", "byte", "interface")

def read(sock, kind, level, name):
    # Of a vsock socket Python reads 64-bit numbers, and no bytes.
    if kind in INTS or sock.family == socket.AF_VSOCK:
        return [sock.getsockopt(level, name)]
    if kind in FORMATS:
        size = struct.calcsize(FORMATS[kind])
        return list(struct.unpack(FORMATS[kind], sock.getsockopt(level, name, size)))
    return sock.getsockopt(level, name, 1024).hex()

answers = []
for i, (kind, level, name) in enumerate(json.load(sys.stdin)):
    sock = socket.socket(fileno=3 + i)
    try:
        answers.append(read(sock, kind, level, name))
    except OSError as error:
        answers.append({"errno": error.errno})
    sock.detach()
json.dump(answers, sys.stdout)
`;

/** Numbers, the bytes as hex, or an errno. */
export type Answer = number[] | string | { errno: number };

export interface Asked {
  readonly row: OptionRow;
  readonly socket: Socket;
}

/** What Python reads, in the order of the questions; nothing where there is no Python. */
export function askPython(asked: readonly Asked[]): Answer[] | undefined {
  const questions = asked.map(({ row }) => [row.kind, constants[row.level], constants[row.name]]);
  const run = spawnSync(python, ["-c", program], {
    input: JSON.stringify(questions),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "inherit", ...asked.map(({ socket }) => socket.fileno())],
  });
  if (run.error !== undefined) return undefined;
  if (run.status !== 0) throw new Error(`${python} ended with status ${run.status}`);
  return JSON.parse(run.stdout) as Answer[];
}
