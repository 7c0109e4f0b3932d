// Writes docs/api, the reference of the API, from the docstrings (TypeDoc). It fails if a public name
// has none.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application } from "typedoc";
import { MarkdownTheme, MarkdownThemeContext } from "typedoc-plugin-markdown";
import { shape } from "./api-docs/shape.mjs";
import { command, fail, root } from "./lib.mjs";

const { check: isCheck } = command(
  "npm run docs --",
  "Writes docs/api from the docstrings of the public names.",
  "npm run docs -- --check",
)
  .option("--check", "write nothing; exit 1 if the committed pages are not what would be written")
  .parse()
  .opts();

const pages = join(root, "docs/api");

const options = {
  entryPoints: [join(root, "src/index.ts"), join(root, "src/sync.ts")],
  tsconfig: join(root, "tsconfig.json"),
  plugin: ["typedoc-plugin-markdown"],
  readme: "none",
  // The 2,265 constants: their names say what they are, and the front page says where they come from.
  exclude: ["**/constants.generated.ts"],
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  disableSources: true,
  disableGit: true,
  groupOrder: [
    "Constructors",
    "Properties",
    "Methods",
    "Functions",
    "Classes",
    "Interfaces",
    "Type Aliases",
    "Variables",
  ],
  sort: ["static-first", "source-order"],
  router: "member",
  membersWithOwnFile: ["Class"],
  theme: "reference",
  hidePageHeader: true,
  preservedTypeAnnotationTags: ["@throws"],
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: "none",
  indexFormat: "table",
  interfacePropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  classPropertiesFormat: "table",
  // Names that only serve to compute other types: the results are in docs/options.md or here. And constants,
  // which have no entries.
  intentionallyNotExported: [
    ...["AF_INET", "AF_INET6"],
    ...["Capability", "ConstantName", "FamilyAddresses", "generated", "Kinds", "kinds"],
    ...["Level", "NamesWith", "Reader", "Rows", "Writer"],
  ],
  validation: { notDocumented: true, notExported: true, invalidLink: true },
  requiredToBeDocumented: [
    "Class",
    "Interface",
    "Function",
    "Method",
    "TypeAlias",
    "Variable",
    "Constructor",
  ],
  logLevel: "Warn",
};

/** No heading for the result: the signature says what is returned. */
class Context extends MarkdownThemeContext {
  constructor(...args) {
    super(...args);
    this.partials = { ...this.partials, signatureReturns: () => "" };
  }
}

class Theme extends MarkdownTheme {
  getRenderContext(page) {
    return new Context(this, page, this.application.options);
  }
}

/** Writes the pages to a folder. */
async function write(folder) {
  const app = await Application.bootstrapWithPlugins({
    ...options,
    outputs: [{ name: "markdown", path: folder }],
  });
  app.renderer.defineTheme("reference", Theme);
  shape(app);
  const project = await app.convert();
  if (project === undefined) fail("npm run docs: the sources have errors");
  app.validate(project);
  await app.generateOutputs(project);
  // Not by way of TypeDoc's `readme`, which would copy the pages that it links to.
  copyFileSync(join(root, "scripts/api-docs/start.md"), join(folder, "README.md"));
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    fail("npm run docs: see the warnings above");
}

/** The files below a folder, each with its text. */
function filesIn(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".md"));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Fails if the committed pages are not what the docstrings give. */
async function check() {
  const folder = mkdtempSync(join(tmpdir(), "berkeley-docs-"));
  try {
    await write(folder);
    const [now, committed] = [filesIn(folder), existsSync(pages) ? filesIn(pages) : new Map()];
    const names = new Set([...now.keys(), ...committed.keys()]);
    const stale = [...names].filter((name) => now.get(name) !== committed.get(name));
    if (stale.length > 0) fail(`docs/api is out of date (npm run docs): ${stale.join(", ")}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (isCheck) await check();
else await write(pages);
