/** What must not compile of options by name; see addresses.test.ts. */
import assert from "node:assert/strict";
import type { Socket as DatagramSocket } from "node:dgram";
import type { Socket as NetSocket, Server } from "node:net";
import test from "node:test";
import {
  type GroupSourceReq,
  getOption,
  type Linger,
  type OptionInput,
  type OptionValue,
  type Socket,
  setOption,
  type TcpInfo,
  type Ucred,
} from "berkeley";
import type { Socket as SyncSocket } from "berkeley/sync";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_ extends true>(): void => undefined;

/** The value's type follows from the name. */
export function values(): void {
  same<Same<OptionValue<"TCP_NODELAY">, boolean>>();
  same<Same<OptionValue<"SO_RCVBUF">, number>>();
  same<Same<OptionValue<"SO_COOKIE">, bigint>>();
  same<Same<OptionValue<"SO_LINGER">, Linger>>();
  same<Same<OptionValue<"SO_PEERCRED">, Ucred>>();
  same<Same<OptionValue<"TCP_INFO">, TcpInfo>>();
  same<Same<OptionValue<"TCP_CONGESTION">, string>>();
  same<Same<OptionValue<"SO_ORIGINAL_DST">, [host: string, port: number]>>();
  same<Same<OptionInput<"MCAST_JOIN_SOURCE_GROUP">, GroupSourceReq>>();
  same<Same<TcpInfo["rtt"], number>>();
  same<Same<TcpInfo["sndWnd"], number | undefined>>();
}

/** Whose options they may be. */
export function targets(
  ours: Socket,
  blocking: SyncSocket,
  socket: NetSocket,
  server: Server,
  datagram: DatagramSocket,
): void {
  for (const target of [ours, blocking, socket, server, datagram, 3]) getOption(target, "SO_TYPE");
  // @ts-expect-error no socket
  getOption({}, "SO_TYPE");
  // @ts-expect-error a descriptor is a number
  getOption("3", "SO_TYPE");
}

export function wrong(socket: Socket): void {
  // @ts-expect-error no such option
  getOption(socket, "TCP_NO_DELAY");
  // @ts-expect-error a constant that is no option
  getOption(socket, "AF_INET");
  // @ts-expect-error a name, not a number
  getOption(socket, 1);
  // @ts-expect-error it can be set only
  getOption(socket, "IP_ADD_MEMBERSHIP");
  // @ts-expect-error it can be read only
  setOption(socket, "TCP_INFO", {});
  // @ts-expect-error a boolean
  setOption(socket, "TCP_NODELAY", 1);
  // @ts-expect-error a number
  setOption(socket, "TCP_KEEPIDLE", "60");
  // @ts-expect-error no value
  setOption(socket, "TCP_KEEPIDLE");
  // @ts-expect-error a value for what has none
  setOption(socket, "SO_DETACH_FILTER", 1);
  // @ts-expect-error no seconds
  setOption(socket, "SO_LINGER", { onoff: true });
  // @ts-expect-error a slip in a field's name
  setOption(socket, "SO_LINGER", { onoff: true, second: 1 });
  // @ts-expect-error no source
  setOption(socket, "MCAST_JOIN_SOURCE_GROUP", { group: "232.1.1.1" });
  // @ts-expect-error an instruction without its jumps
  setOption(socket, "SO_ATTACH_FILTER", [{ code: 6, k: 0 }]);
  setOption(socket, "SO_DETACH_FILTER");
  setOption(socket, "SO_LINGER", { onoff: true, seconds: 1 });
  setOption(socket, "IP_ADD_MEMBERSHIP", { group: "239.1.1.1", interface: "lo" });
}

test("what must not compile was compiled with this file", () => {
  assert.deepEqual(
    [values, targets, wrong].map((of) => typeof of),
    Array(3).fill("function"),
  );
});
