#!/usr/bin/env node
// Boots Debian's User-Mode Linux, a whole kernel as one ordinary process, and runs a command in it
// on this machine's own files. docs/kernel-tests.md says why and how; kernel-init.c is the first
// process in there.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import { constants, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import * as full from "./kernel-full.mjs";
import { root } from "./lib.mjs";

const EXIT_TIMED_OUT = 124;
const EXIT_NOT_STARTED = 125;
const EXIT_PANIC = 134; // User-Mode Linux aborts
const KILL_AFTER_MS = 5000;

// The modules that the tests need. TIPC is not loaded on demand, and SCTP needs hmac.
const DEFAULT_MODULES = `ipv6 tipc vcan can-raw can-bcm can-j1939 hmac sctp vsock_loopback
                  algif_hash algif_skcipher cbc rds rds_tcp dccp_ipv4 dccp_ipv6 tls gcm ctr ghash-generic
                  iptable_nat ip6table_nat xt_REDIRECT xt_tcpudp x25`;

const HELP = `usage: kernel-run.mjs [--full] COMMAND [ARGUMENT...]

Runs COMMAND under Debian's User-Mode Linux (6.1), with this machine's files (read and write: it is
not a sandbox), in this folder and with this environment. Output and exit status are COMMAND's own;
124 means that it ran out of time, 125 that it could not be started. Needs Debian on x86_64, a C
compiler and iproute2, but neither root nor a virtual machine.

With --full it runs under Debian's full kernel in qemu-system-x86_64, which has more families and is
many times slower; that also needs root, cpio and kmod.

  KERNEL_MODULES  modules to load, with those that they depend on
                  (${DEFAULT_MODULES})
  KERNEL_HOME     where linux.uml is, or is unpacked to (build/kernel; / for an installed package)
  KERNEL_MEM      memory (1G)
  KERNEL_TIMEOUT  seconds until it is killed (300)
  KERNEL_LOG      a file for the kernel's messages (kept only if named)

example:
  scripts/kernel-run.mjs uname -sr
  KERNEL_MODULES="ipv6 tipc" KERNEL_LOG=/tmp/kernel.log scripts/kernel-run.mjs node my-tipc-test.js
`;

const build = join(root, "build/kernel");
const env = process.env;

class CannotStart extends Error {}

/** The folder that has `usr/bin/linux.uml`; unpacks the package (41 MB) into it the first time. */
function kernelHome() {
  if (process.arch !== "x64") throw new CannotStart("Debian has User-Mode Linux for x86_64 only");
  const home = resolve(env.KERNEL_HOME ?? (fs.existsSync("/usr/bin/linux.uml") ? "/" : build));
  if (fs.existsSync(join(home, "usr/bin/linux.uml"))) return home;
  const download = fs.mkdtempSync(join(tmpdir(), "kernel-download-"));
  try {
    execFileSync("apt-get", ["download", "-qq", "user-mode-linux"], {
      cwd: download,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [deb] = fs.readdirSync(download);
    fs.mkdirSync(home, { recursive: true });
    execFileSync("dpkg-deb", ["-x", join(download, deb), home]);
    return home;
  } catch (err) {
    const why = (err.stderr || err.message).toString().trim();
    throw new CannotStart(`cannot fetch Debian's package user-mode-linux: ${why}
On Debian run 'apt-get update' first; elsewhere unpack it and name its folder in KERNEL_HOME.`);
  } finally {
    fs.rmSync(download, { recursive: true });
  }
}

/** The program of the first process, compiled again if its source is newer. */
function initProgram() {
  const source = join(root, "scripts/kernel-init.c");
  const program = join(build, "kernel-init");
  if (!fs.existsSync(program) || fs.statSync(program).mtimeMs < fs.statSync(source).mtimeMs) {
    fs.mkdirSync(build, { recursive: true });
    execFileSync(env.CC ?? "cc", ["-std=c11", "-Wall", "-Wextra", "-O1", "-o", program, source]);
  }
  return program;
}

/** The folder with its `modules.dep`. */
function modulesFolder(home) {
  const parent = join(home, "usr/lib/uml/modules");
  return join(parent, fs.readdirSync(parent)[0]);
}

/** The files to load for these modules, each after those that it depends on. */
function moduleFiles(folder, names) {
  const dependencies = new Map(); // "kernel/net/tipc/tipc.ko" → what it needs, nearest first
  const files = new Map(); // "tipc" → that file; '-' and '_' are the same in a module's name
  const table = fs.readFileSync(join(folder, "modules.dep"), "utf8");
  for (const line of table.split("\n").filter(Boolean)) {
    const [file, rest] = line.split(":");
    dependencies.set(file, rest.split(" ").filter(Boolean));
    files.set(file.replace(/.*\/|\.ko$/g, "").replaceAll("-", "_"), file);
  }
  const order = new Set();
  const add = (file) => {
    for (const needed of dependencies.get(file).toReversed()) add(needed);
    order.add(file);
  };
  for (const name of names) {
    const file = files.get(name.replaceAll("-", "_"));
    if (file === undefined) throw new CannotStart(`no module ${name} in ${folder}`);
    add(file);
  }
  return [...order].map((file) => join(folder, file));
}

/** Writes what kernel-init.c reads. */
function writeJob(dir, folder, modules, command) {
  const names = (env.KERNEL_MODULES ?? modules).split(/\s+/).filter(Boolean);
  const network = ["link set lo up"];
  if (names.includes("vcan")) network.push("link add dev vcan0 type vcan", "link set vcan0 up");
  const lines = (list) => list.map((line) => `${line}\n`).join("");
  const strings = (list) => list.map((text) => `${text}\0`).join("");
  fs.writeFileSync(join(dir, "modules"), lines(moduleFiles(folder, names)));
  fs.writeFileSync(join(dir, "network"), lines(network));
  fs.writeFileSync(join(dir, "cwd"), process.cwd());
  fs.writeFileSync(join(dir, "argv"), strings(command));
  fs.writeFileSync(join(dir, "env"), strings(Object.entries(env).map(([k, v]) => `${k}=${v}`)));
}

/** The command that boots User-Mode Linux. Console 0 is the log, 1 and 2 are COMMAND's output. */
function umlCommand(dir, home, program) {
  return [
    join(home, "usr/bin/linux.uml"),
    `mem=${memory}`,
    `uml_dir=${dir}/`,
    "umid=kernel",
    "root=/dev/root rootfstype=hostfs rootflags=/ rw".split(" "),
    `init=${program}`,
    `KERNEL_RUN=${dir}`,
    "panic=-1",
    "con=null con0=null,fd:3 con1=null,fd:1 con2=null,fd:4".split(" "),
  ].flat();
}

/** Boots, waits, and returns the exit status. */
function boot(dir, [program, ...args]) {
  const log = fs.openSync(join(dir, "log"), "a");
  // In a process group of its own, so that `killGroup` can end it. (User-Mode Linux makes one itself.)
  const kernel = spawn(program, args, {
    stdio: ["ignore", "pipe", log, log, "pipe"],
    detached: isFull,
  });
  fs.closeSync(log);
  kernel.stdout.pipe(process.stdout, { end: false });
  kernel.stdio[4].pipe(process.stderr, { end: false });

  let timedOut = false;
  const end = () => {
    kernel.kill("SIGTERM");
    setTimeout(() => killGroup(kernel.pid), KILL_AFTER_MS).unref();
  };
  const timer = setTimeout(
    () => {
      timedOut = true;
      end();
    },
    Number(env.KERNEL_TIMEOUT ?? 300) * 1000,
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
  return new Promise((done, failed) => {
    kernel.on("error", failed);
    // A User-Mode Linux that was killed leaves the processes of its guest behind.
    kernel.on("exit", () => killGroup(kernel.pid));
    kernel.on("close", (code, signal) => {
      clearTimeout(timer);
      done(timedOut ? EXIT_TIMED_OUT : (code ?? 128 + constants.signals[signal]));
    });
  });
}

/** Kills what belongs to the kernel: all processes of a User-Mode Linux guest are in one process group. */
function killGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (err) {
    if (err.code !== "ESRCH") throw err;
  }
}

/** What `make` returns. If it fails, since a program or a package is missing, one line says so. */
function tried(make) {
  try {
    return make();
  } catch (err) {
    throw new CannotStart((err.stderr || err.message).toString().trim());
  }
}

/** Runs the command under Debian's full kernel; its status and its standard error come in files. */
async function runFull(dir, command) {
  const folder = tried(full.modulesFolder);
  writeJob(dir, folder, full.modules, command);
  const moduleFilesOf = (names) => moduleFiles(folder, names);
  const init = initProgram();
  const args = tried(() => full.command(dir, init, { memory, moduleFiles: moduleFilesOf }));
  const status = await boot(dir, args);
  const read = (name) => {
    const file = join(dir, name);
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  };
  process.stderr.write(read("errors"));
  if (status !== 0) return status;
  return read("status") === "" ? EXIT_PANIC : Number(read("status"));
}

const isFull = process.argv[2] === "--full";
const command = process.argv.slice(isFull ? 3 : 2);
const memory = env.KERNEL_MEM ?? "1G";
if (command.length === 0 || command[0] === "--help" || command[0] === "-h") {
  (command.length === 0 ? process.stderr : process.stdout).write(HELP);
  process.exit(command.length === 0 ? EXIT_NOT_STARTED : 0);
}
if (command[0].startsWith("-")) {
  console.error(`kernel-run: unknown option '${command[0]}'; see --help`);
  process.exit(EXIT_NOT_STARTED);
}
const dir = fs.mkdtempSync(join(tmpdir(), "kernel-run-"));
try {
  const needed = { ip: "iproute2", ...(isFull ? full.programs : {}) };
  for (const [program, debian] of Object.entries(needed)) {
    if (env.PATH?.split(delimiter).some((path) => fs.existsSync(join(path, program)))) continue;
    throw new CannotStart(`${program} is not there: Debian's package ${debian} has it`);
  }
  if (isFull) {
    process.exitCode = await runFull(dir, command);
  } else {
    const home = kernelHome();
    writeJob(dir, modulesFolder(home), DEFAULT_MODULES, command);
    process.exitCode = await boot(dir, umlCommand(dir, home, initProgram()));
  }
  if (env.KERNEL_LOG) fs.copyFileSync(join(dir, "log"), env.KERNEL_LOG);
} catch (err) {
  if (!(err instanceof CannotStart)) throw err;
  console.error(`kernel-run: ${err.message}`);
  process.exitCode = EXIT_NOT_STARTED;
} finally {
  fs.rmSync(dir, { recursive: true });
}
