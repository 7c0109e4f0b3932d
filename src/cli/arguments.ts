import { getservbyname } from "berkeley";
import { InvalidArgumentError } from "commander";
import { Failure } from "./failure.js";
import { printable } from "./show.js";

/** A commander parser for whole numbers. */
export function whole(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^(\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${what} must be a whole number from ${least} to ${most}.`);
  };
}

/** A day: longer waits are mistakes. */
const SECONDS_MAX = 86_400;

/** A commander parser for seconds, which may have a fraction. */
export function seconds(what: string, least = 0.001): (text: string) => number {
  return (text) => {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= SECONDS_MAX) return value;
    throw new InvalidArgumentError(`${what} must be ${least} to ${SECONDS_MAX} seconds.`);
  };
}

/** The port of a service of that name, if there is one. */
function servicePort(name: string, protocol: string): number | undefined {
  try {
    return getservbyname(name, protocol);
  } catch {
    return undefined;
  }
}

/** `80`, a range: `20-25`, or a service's name: `http`. */
export function portRange(text: string, protocol: string): number[] {
  const named = servicePort(text, protocol);
  if (named !== undefined) return [named];
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from > to || to > 65535) {
    throw new Failure(
      `"${printable(text)}" is not a port: give a number from 0 to 65535, a range such as 20-25, or ` +
        `the name of a ${protocol.toUpperCase()} service`,
    );
  }
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
