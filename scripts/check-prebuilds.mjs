// Checks that a package made here has the native module of each platform that package.json promises:
// npm would install it on all of them, but it loads only where it has one.
import { command, fail } from "./lib.mjs";
import { crossCompilers, lackOf, targets } from "./native.mjs";

const { warn: isWarning } = command(
  "node scripts/check-prebuilds.mjs",
  "Checks that prebuilds/ has all that package.json promises, as npm publish does.",
  "node scripts/check-prebuilds.mjs",
)
  .option("--warn", "say what is missing and exit 0, as npm pack does")
  .parse()
  .opts();

const lacks = targets.flatMap((target) => {
  const lack = lackOf(target);
  if (lack === undefined) return [];
  const isOurs = target === `${process.platform}-${process.arch}`;
  const build = isOurs
    ? "npm run build:native"
    : `CC=${crossCompilers[target]} npm run build:native -- --target ${target}`;
  return [`package.json promises ${target}, whose native module ${lack}: ${build}`];
});
if (lacks.length > 0 && !isWarning) fail(lacks.map((it) => `check-prebuilds: ${it}`).join("\n"));
for (const lack of lacks) console.error(`warning: npm publish would refuse this: ${lack}`);
