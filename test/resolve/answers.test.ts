/** Answers of the resolver that no host here has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AF_INET, AF_INET6, EAI_ADDRFAMILY, EAI_AGAIN, EAI_NODATA, EAI_SYSTEM } from "berkeley";
import { without } from "../support/peers.js";
import { cannotPreload, outputPreloaded } from "../support/preloaded.js";

const program = `
import * as berkeley from "berkeley";
import * as sync from "berkeley/sync";
const said = [];
const [answers, families] = JSON.parse(process.argv[1]);
for (const answer of answers) {
  process.env.ANSWER = answer;
  for (const { getaddrinfo, socket, SOCK_DGRAM } of [berkeley, sync]) {
    const sockets = families.map((family) => socket(family, SOCK_DGRAM));
    const connects = sockets.map((one) => () => one.connect(["host", 9]));
    for (const ask of [() => getaddrinfo("host", 80), ...connects]) {
      try {
        said.push(await ask());
      } catch ({ name, message, errno, address }) {
        said.push([name, message, errno, address].join(" "));
      }
    }
    for (const one of sockets) one.close();
  }
}
console.log(said.join("\\n"));
`;

test("an error of the system's is one, and any other the resolver's", {
  skip: cannotPreload,
}, () => {
  const answers: [answer: number, name: string, code: string, errno: number][] = [
    [EAI_SYSTEM, "SocketError", "EIO", -5],
    [EAI_NODATA, "GaiError", "ENOTFOUND", EAI_NODATA],
    [EAI_AGAIN, "GaiError", "EAI_AGAIN", EAI_AGAIN],
    [EAI_ADDRFAMILY, "GaiError", "EAI_ADDRFAMILY", EAI_ADDRFAMILY],
    [-1234, "GaiError", "EAI_-1234", -1234],
  ];
  const families = without.ipv6 === false ? { AF_INET, AF_INET6 } : { AF_INET };
  const asked = JSON.stringify([answers.map(([answer]) => answer), Object.values(families)]);
  const output = outputPreloaded("resolve/answers.c", program, [asked]);
  const said = answers.flatMap(([answer, name, code, errno]) => {
    const error = (advice: string) => `${name} getaddrinfo ${code} host${advice} ${errno} host`;
    const ofFamily = (family: string) =>
      answer === EAI_ADDRFAMILY ? `: it has no address of ${family}, the socket's family` : "";
    const errors = [error(""), ...Object.keys(families).map((family) => error(ofFamily(family)))];
    return [...errors, ...errors];
  });
  assert.deepEqual(output.trim().split("\n"), said);
});
