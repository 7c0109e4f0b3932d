/** What a row of the table of families is. */

/** A host that is not numeric: the resolver's first address goes through `pack`. */
export class Lookup {
  constructor(
    readonly family: number,
    readonly host: string,
    readonly pack: (resolved: Uint8Array) => Uint8Array,
  ) {}
}

/** The socket that an address is for. */
export interface Target {
  readonly family: number;
  readonly type: number;
  readonly proto: number;
}

export interface FamilyRow {
  /** The sockaddr of an address, or the look-up that is needed first. Throws TypeError or
   *  RangeError, in the name of `call`, for what is no address of the family. */
  encode(call: string, address: unknown, target: Target): Uint8Array | Lookup;
  /** The address in the first `length` bytes; they are of this row's family. */
  decode(bytes: Buffer, length: number, proto: number): unknown;
  /** How errors name an address. */
  describe(address: unknown): { address?: string; port?: number };
}
