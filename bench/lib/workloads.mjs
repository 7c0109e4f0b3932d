// The workloads. A new one takes a row in workloads/ and a folder of peers.
import { growing } from "./workloads/growing.mjs";
import { programs } from "./workloads/programs.mjs";
import { tcp } from "./workloads/tcp.mjs";
import { udp } from "./workloads/udp.mjs";
import { unix } from "./workloads/unix.mjs";

/** @import { Workload } from "./workload.mjs" */

/** @type {Workload[]} */
export const workloads = [...tcp, ...udp, ...unix, ...growing, ...programs];
