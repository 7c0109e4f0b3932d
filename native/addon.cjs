"use strict";
// Finds the native module. CommonJS, so that the ES modules and the CommonJS build get one and
// the same object; BERKELEY_ADDON names another build (one under sanitizers, say).
const path = require("node:path");

const SUPPORTED = ["linux-x64", "linux-arm64"]; // docs/platforms.md
const target = `${process.platform}-${process.arch}`;
const given = process.env.BERKELEY_ADDON;
const file = given
  ? path.resolve(given)
  : path.join(__dirname, "..", "prebuilds", target, "berkeley.node");

const isMusl = () => process.report?.getReport().header.glibcVersionRuntime === undefined;

/** The second is the error of a single executable, whose `require` knows only Node's own modules. */
const NOT_FOUND = ["MODULE_NOT_FOUND", "ERR_UNKNOWN_BUILTIN_MODULE"];

/** What is wrong, if that can be said better than the loader does. */
function reasonOf({ code }) {
  if (given) return code === "MODULE_NOT_FOUND" ? `no module at BERKELEY_ADDON, ${file}` : null;
  if (!SUPPORTED.includes(target)) {
    return `${target} is not supported; it runs on Linux with glibc, on x64 and arm64`;
  }
  if (NOT_FOUND.includes(code)) {
    const build = "in a checkout, `npm run build:native` builds it";
    return `no native module at ${file}; ${build}; a bundler has to leave the package out, as an external one`;
  }
  if (code !== "ERR_DLOPEN_FAILED" || !isMusl()) return null;
  return "musl is not supported (Alpine has it); it runs on Linux with glibc";
}

try {
  module.exports = require(file);
} catch (error) {
  const reason = reasonOf(error);
  throw reason === null ? error : new Error(`berkeley: ${reason}`, { cause: error });
}
