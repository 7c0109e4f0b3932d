// Puts the examples into the documents that quote them, so that no page shows code that is not
// tested: behind each line `<!-- quote: FILE -->` stands a fenced block with the file's text.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const help = `usage: node scripts/quote-examples.mjs [--check]

  --check  change nothing; exit with 1 if a quotation is not its file's text
`;
const { values: options } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quotation = /^(<!-- quote: (\S+) -->\n)(?:```.*\n[\s\S]*?\n```\n)?/gm;

function quoted(page) {
  return page.replace(quotation, (_whole, marker, file) => {
    const text = readFileSync(join(root, file), "utf8").trimEnd();
    return `${marker}\`\`\`${extname(file).slice(1)}\n${text}\n\`\`\`\n`;
  });
}

const pages = [
  "README.md",
  "README.zh-CN.md",
  ...readdirSync(join(root, "docs"), { recursive: true })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const stale = pages.filter((name) => {
  const path = join(root, name);
  const before = readFileSync(path, "utf8");
  const after = quoted(before);
  if (before !== after && !options.check) writeFileSync(path, after);
  return before !== after;
});
for (const name of stale) {
  console.log(options.check ? `${name}: a quotation is not its file's text` : `${name}: renewed`);
}
if (options.check && stale.length > 0) {
  console.error("run: node scripts/quote-examples.mjs");
  process.exitCode = 1;
}
