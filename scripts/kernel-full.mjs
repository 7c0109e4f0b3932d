// Debian's full kernel under qemu, without hardware virtualization: for the families that User-Mode
// Linux is built without. kernel-run.mjs boots it if `--full` asks for it.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "./lib.mjs";

const home = join(root, "build/full-kernel");

/** What the initial file system needs to reach this machine's files. */
const FIRST_MODULES = ["virtio_pci", "9pnet_virtio", "9p"];

/** The programs that it takes to run it, and the packages that have them. */
export const programs = { "qemu-system-x86_64": "qemu-system-x86", depmod: "kmod", cpio: "cpio" };

export const modules = "vcan can-raw can-isotp qrtr bluetooth rfcomm hci_vhci smc";

/** The package with the kernel that `linux-image-amd64` depends on. */
function packageName() {
  const text = execFileSync("apt-cache", ["depends", "linux-image-amd64"], { encoding: "utf8" });
  const found = /Depends: (linux-image-\S+)/.exec(text)?.[1];
  if (found === undefined) throw new Error("apt-cache knows no linux-image-amd64");
  return found;
}

/** Unpacks the package (70 MB) the first time. */
function fetchKernel() {
  if (fs.existsSync(join(home, "boot"))) return;
  const download = fs.mkdtempSync(join(tmpdir(), "kernel-download-"));
  try {
    const stdio = ["ignore", "ignore", "pipe"];
    execFileSync("apt-get", ["download", "-qq", packageName()], { cwd: download, stdio });
    const [deb] = fs.readdirSync(download);
    const unpacked = `${home}.new`;
    fs.mkdirSync(unpacked, { recursive: true });
    execFileSync("dpkg-deb", ["-x", join(download, deb), unpacked]);
    const [version] = fs.readdirSync(join(unpacked, "lib/modules"));
    execFileSync("depmod", ["-b", unpacked, version]);
    fs.rmSync(home, { recursive: true, force: true });
    fs.renameSync(unpacked, home);
  } finally {
    fs.rmSync(download, { recursive: true });
  }
}

/** The folder with `modules.dep`. */
export function modulesFolder() {
  fetchKernel();
  const parent = join(home, "lib/modules");
  return join(parent, fs.readdirSync(parent)[0]);
}

/** The initial file system: kernel-full-init.c, and the modules that it loads. */
function initialFiles(dir, files) {
  const initial = join(dir, "initial");
  fs.mkdirSync(initial);
  const names = files.map((file, i) => `${i}-${basename(file)}`);
  for (const [i, file] of files.entries()) fs.copyFileSync(file, join(initial, names[i]));
  fs.writeFileSync(join(initial, "modules"), names.map((name) => `/${name}\n`).join(""));
  const source = join(root, "scripts/kernel-full-init.c");
  const cc = process.env.CC ?? "cc";
  execFileSync(cc, [
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-O1",
    "-static",
    "-o",
    join(initial, "init"),
    source,
  ]);
  const archive = join(dir, "initial.cpio");
  const input = ["init", "modules", ...names].join("\n");
  fs.writeFileSync(
    archive,
    execFileSync("cpio", ["-o", "-H", "newc", "--quiet"], {
      cwd: initial,
      input,
      maxBuffer: 64 * 1024 * 1024,
    }),
  );
  return archive;
}

/** The command that boots it. The log and the standard error go to files, the output to qemu's standard
 *  output. */
export function command(dir, program, { memory, moduleFiles }) {
  const [image] = fs.readdirSync(join(home, "boot")).filter((name) => name.startsWith("vmlinuz"));
  const append = [
    "console=ttyS0 panic=-1 quiet",
    `KERNEL_RUN=${dir} KERNEL_INIT=${program} KERNEL_CONSOLE=/dev/ttyS`,
    `KERNEL_STATUS=${join(dir, "status")}`,
  ].join(" ");
  return [
    "qemu-system-x86_64",
    ...["-M", "pc,accel=tcg", "-cpu", "max", "-m", memory, "-nodefaults", "-no-reboot"],
    ...["-display", "none", "-kernel", join(home, "boot", image)],
    ...["-initrd", initialFiles(dir, moduleFiles(FIRST_MODULES)), "-append", append],
    ...["-fsdev", "local,id=host,path=/,security_model=passthrough,multidevs=remap"],
    ...["-device", "virtio-9p-pci,fsdev=host,mount_tag=host"],
    ...["-serial", `file:${join(dir, "log")}`, "-serial", "stdio"],
    ...["-serial", `file:${join(dir, "errors")}`],
  ];
}
