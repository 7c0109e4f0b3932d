import * as generated from "./constants.generated.js";

/** Every constant that is known, and `undefined` by any other name. */
export type Constants = Readonly<typeof generated> & {
  readonly [name: string]: number | string | undefined;
};

/**
 * Every constant of the socket API by its C name; each is a named export too.
 *
 * A name that Linux lacks is `undefined` here, so that a program for several platforms can ask:
 * `if (constants.SO_NOSIGPIPE !== undefined)`.
 */
export const constants: Constants = generated;
