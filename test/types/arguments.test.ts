/** Arguments that may be left out may be `undefined`, too, as a program has them that passes on its
 * own. Under exactOptionalPropertyTypes, which this project is compiled with, that is not a matter
 * of course. */
import assert from "node:assert/strict";
import test from "node:test";
import * as berkeley from "berkeley";
import { type AddressInput, AF_UNIX, type Socket, type WaitOptions } from "berkeley";
import * as sync from "berkeley/sync";

const none = undefined as number | undefined;

/** Compiled, not run. */
export function calls(sock: Socket, blocking: sync.Socket, buffer: Buffer): void {
  void sock.recv(16, undefined);
  void sock.recv(16, none, {});
  void sock.recvInto(buffer, undefined, none);
  void sock.recvfrom(16, none);
  void sock.send("", none);
  void sock.recvmsg(16, undefined, undefined, {});
  void sock.sendmsg([""], undefined, undefined, undefined);
  void sock.sendfile(3, undefined, undefined);
  void berkeley.getaddrinfo("localhost", 80, undefined, none);
  blocking.recv(16, none);
  blocking.sendmsg([""], undefined, none);
  sync.getaddrinfo("localhost", 80, undefined, none);
  // @ts-expect-error not null: only `count` of sendfile and the address of sendmsg take it
  blocking.recv(16, null);
  // @ts-expect-error not the options of the other face
  blocking.recv(16, undefined, {});
  // @ts-expect-error the first argument cannot be left out
  void sock.recv(undefined);
}

/** Compiled, not run. */
export function fields(bytes?: Uint8Array): unknown[] {
  const inet6: AddressInput<typeof berkeley.AF_INET6> = ["::1", 80, none, none];
  const packet: AddressInput<typeof berkeley.AF_PACKET> = ["lo", 3, none, none, bytes];
  const tipc: AddressInput<typeof berkeley.AF_TIPC> = [1, 2, 3, 4, none];
  const alg: AddressInput<typeof berkeley.AF_ALG> = ["hash", "sha256", none, none];
  const l2cap: AddressInput<typeof berkeley.AF_BLUETOOTH> = ["00:11:22:33:44:55", 1, none, none];
  return [
    [inet6, packet, tipc, alg, l2cap],
    berkeley.encodeControl("IP_PKTINFO", { ifindex: none, specDst: undefined }),
    berkeley.encodeControl("IPV6_PKTINFO", { addr: undefined, ifindex: none }),
  ];
}

/** Compiled, not run: options are handed on as they were given, or not given. */
export function handOn(sock: Socket, given?: WaitOptions, flags?: number): void {
  void sock.accept(given);
  void sock.connect(["localhost", 80], given);
  void sock.recv(16, given);
  void sock.recv(16, flags, given);
  void sock.recvInto(Buffer.alloc(1), given);
  void sock.recvInto(Buffer.alloc(1), undefined, flags, given);
  void sock.sendto("", ["localhost", 80], given);
  void sock.sendto("", 0, ["localhost", 80], given);
  void sock.sendmsg([""], null, given);
  void berkeley.getaddrinfo("localhost", 80, given);
  void berkeley.getaddrinfo("localhost", 80, undefined, flags, given);
  void berkeley.getfqdn(given);
  void berkeley.createConnection(["localhost", 80], given);
  void berkeley.createConnection(["localhost", 80], { timeout: 1, signal: given?.signal });
  void berkeley.createConnection(["localhost", 80], { timeout: 1 }, given);
  // @ts-expect-error the blocking call takes no options of a wait
  sync.createConnection(["localhost", 80], { timeout: 1 }, given);
  // @ts-expect-error no options behind the options
  void sock.recv(16, given, given);
  // @ts-expect-error no flags behind the options
  void sock.recv(16, given, flags);
  // @ts-expect-error null is not undefined
  void sock.recv(16, null as WaitOptions | null);
}

test("undefined is as good as left out, with the options behind it", async () => {
  const [ours, theirs] = berkeley.socketpair(AF_UNIX);
  await theirs.sendall("abc", undefined);
  assert.equal((await ours.recv(1, undefined)).toString(), "a");
  assert.equal((await ours.recv(1, none, {})).toString(), "b");
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(ours.recv(1, undefined, { signal }), /enough/);
  assert.equal((await ours.recv(1, undefined)).toString(), "c");
  ours.close();
  theirs.close();

  const [left, right] = sync.socketpair(AF_UNIX);
  left.sendall("abc", undefined);
  assert.equal(right.recv(3, none).toString(), "abc");
  left.close();
  right.close();
});
