// Puts the examples into the documents that quote them, so that no page shows code that is not
// tested: each line `<!-- quote: FILE -->` is followed by a fenced block with the file's text.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { command, root } from "./lib.mjs";

const { check: isCheck } = command(
  "node scripts/quote-examples.mjs",
  "Puts the examples into the documents that quote them.",
  "node scripts/quote-examples.mjs --check",
)
  .option("--check", "change nothing; exit 1 if a quotation is not its file's text")
  .parse()
  .opts();

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
  if (before !== after && !isCheck) writeFileSync(path, after);
  return before !== after;
});
for (const name of stale) {
  console.log(isCheck ? `${name}: a quotation is not its file's text` : `${name}: renewed`);
}
if (isCheck && stale.length > 0) {
  console.error("run: node scripts/quote-examples.mjs");
  process.exitCode = 1;
}
