/** sendmsg(2) to a socket of the kernel's crypto (AF_ALG): the parameters go as control messages. */
import * as check from "../../check.js";
import { encodeControl } from "../../control/index.js";
import type { AncillaryMessage } from "../../control/wire.js";
import type { Call } from "../request.js";
import { SENDMSG, setMessage } from "./message.js";

/** What `sendmsgAfalg` tells the kernel. */
export interface AfalgParameters {
  /** `ALG_OP_ENCRYPT`, `ALG_OP_DECRYPT`, … */
  op: number;
  /** The initialization vector. */
  iv?: check.Data | undefined;
  /** How many bytes of associated data come before the message. */
  assoclen?: number | undefined;
  flags?: number | undefined;
}

/** A class, since a plain object as the last argument would be taken for the options. */
export class Afalg {
  constructor(readonly parameters: unknown) {}
}

function controlOf({ op, iv, assoclen }: AfalgParameters): AncillaryMessage[] {
  const call = "sendmsgAfalg";
  const messages = [encodeControl("ALG_SET_OP", check.integer(call, "op", op, 0, 2 ** 31 - 1))];
  if (iv !== undefined) messages.push(encodeControl("ALG_SET_IV", check.bytes(call, "iv", iv)));
  if (assoclen !== undefined) {
    const bytes = check.integer(call, "assoclen", assoclen, 0, 2 ** 32 - 1);
    messages.push(encodeControl("ALG_SET_AEAD_ASSOCLEN", bytes));
  }
  return messages;
}

export const SENDMSG_AFALG: Call<number> = {
  ...SENDMSG,
  name: "sendmsgAfalg",
  prepare(request, buffers, afalg) {
    const { parameters } = afalg as Afalg;
    if (typeof parameters !== "object" || parameters === null) {
      throw check.wrongType("sendmsgAfalg", "parameters", "{ op, iv?, assoclen? }", parameters);
    }
    const given = parameters as AfalgParameters;
    setMessage("sendmsgAfalg", request, buffers, controlOf(given), given.flags);
  },
};
