/** Control messages as values: nobody unpacks bytes by hand. See cmsg(3). */
import * as check from "../check.js";
import { SCM_RIGHTS, SOL_SOCKET } from "../constants.generated.js";
import { bufferOf } from "../memory.js";
import { native } from "../native.js";
import type { Codec, Decoder } from "./codecs.js";
import { nameOf, rowOf, rows } from "./table.js";
import type {
  ControlInputName,
  ControlInputs,
  ControlMessage,
  ControlName,
  ControlValues,
  KnownControl,
} from "./types.js";
import {
  type AncillaryInput,
  type AncillaryMessage,
  checkedMessage,
  checkedShape,
  MESSAGES,
} from "./wire.js";

/** The value of a message's data; `undefined` where it was cut short. */
function readValue<N extends ControlName>(name: N, data: Buffer): ControlValues[N] | undefined {
  const codec = rows[name].codec as Decoder<unknown>;
  const value = data.length < codec.bytes ? undefined : codec.decode(data);
  return (value ?? undefined) as ControlValues[N] | undefined;
}

/** The value of a control message: `ancdata.map(decodeControl)`. A message that is not in the table, or
 * was cut short by too small an `ancbufsize`, has the name `null` and its bytes.
 * @throws {TypeError} not a control message. */
export function decodeControl(message: AncillaryInput): ControlMessage {
  const { level, type, data: bytes } = checkedMessage("decodeControl", message);
  const data = bufferOf(bytes);
  const name = nameOf(level, type);
  const value = name === undefined ? undefined : readValue(name, data);
  if (value === undefined) return { name: null, level, type, data };
  return { name, level, type, value } as KnownControl;
}

/** The value of the first control message with that name in `ancdata`, or `undefined` if there is
 * none: `findControl(ancdata, "IP_TTL")`. @throws {TypeError} not control messages, or not the name of one. */
export function findControl<N extends ControlName>(
  ancdata: readonly AncillaryInput[],
  name: N,
): ControlValues[N] | undefined {
  if (!Array.isArray(ancdata)) throw check.wrongType("findControl", "ancdata", MESSAGES, ancdata);
  for (const message of ancdata as readonly AncillaryInput[]) {
    const [level, type, data] = checkedShape("findControl", message);
    const found = nameOf(level, type);
    if (found === undefined || found !== name) continue;
    return readValue(name, bufferOf(check.bytes("findControl", "control data", data)));
  }
  // Checked only now, since mostly the message is found.
  if (rowOf(name) === undefined) {
    throw check.wrongType("findControl", "name", "a control message in the table", name);
  }
  return undefined;
}

/** A control message to send: `encodeControl("IP_TTL", 3)` for the `ancdata` of `sendmsg`. See
 * cmsg(3), sendmsg(2).
 * @throws {TypeError | RangeError} not a value of that message. */
export function encodeControl<N extends ControlInputName>(
  name: N,
  value: ControlInputs[N],
): AncillaryMessage {
  const row = rowOf(name);
  if (row === undefined || !("encode" in (row.codec as object))) {
    throw check.wrongType("encodeControl", "name", "a control message that can be sent", name);
  }
  if (value === null || value === undefined) {
    throw check.wrongType("encodeControl", name, "a value", value);
  }
  return [row.level, row.type, (row.codec as Codec<unknown, unknown>).encode(value, name)];
}

/** Closes the descriptors in messages that nobody will see. */
export function closeReceived(ancdata: readonly AncillaryMessage[]): void {
  for (const message of ancdata) {
    const known = decodeControl(message);
    if (known.name === "SCM_RIGHTS") for (const fd of known.value) native.close(fd);
    if (known.name === "SCM_PIDFD" && known.value >= 0) native.close(known.value);
  }
}

/** Whether the message is SCM_RIGHTS. */
export function isRights([level, type]: AncillaryMessage): boolean {
  return level === SOL_SOCKET && type === SCM_RIGHTS;
}
