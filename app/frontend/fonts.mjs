/**
 * Copies the TTF fonts that documents are set in, with their licences, to `dist/fonts/`.
 *
 * Pages use the reader's own fonts; these are for PDF files made on the server. Only plain TTF files can be embedded
 * there, in regular (400) and bold (700).
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const scope = "@expo-google-fonts";
const packages = join(root, "node_modules", scope);
const target = join(here, "dist", "fonts");
const wanted = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies);
const families = wanted.filter((name) => name.startsWith(`${scope}/`)).map((name) => name.slice(scope.length + 1));

mkdirSync(target, { recursive: true });
for (const family of families) {
  for (const weight of ["400Regular", "700Bold"]) {
    const [file] = readdirSync(join(packages, family, weight)).filter((name) => name.endsWith(".ttf"));
    if (!file) throw new Error(`${family} has no TTF file of weight ${weight}; run "npm ci" again.`);
    copyFileSync(join(packages, family, weight, file), join(target, file));
  }
  copyFileSync(join(packages, family, "LICENSE_FONT"), join(target, `LICENSE-${family}.txt`));
}
console.log(`${families.length} font families copied to ${target}`);
