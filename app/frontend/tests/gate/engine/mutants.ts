import { readFileSync } from "node:fs";
import ts from "typescript";
import type { Engine } from "./vectors";

/** An engine in which one operator, condition or constant is another. */
export interface Mutant {
  /** `file: line: before -> after`; a line that says the same twice has two of one name. */
  readonly name: string;
  readonly file: string;
  readonly source: string;
}

const ENGINE = new URL("../../../src/gate/engine/", import.meta.url);
const OPERATORS: Readonly<Record<string, string>> = {
  "===": "!==", "!==": "===", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&",
  "+": "-", "-": "+", "*": "+", "%": "+", ">>": "<<", "&": "|",
};
const METHODS: Readonly<Record<string, string>> = { some: "every", every: "some", find: "findLast" };

/** Every mutant of these files of the engine, in the order of the text. */
export function mutantsOf(files: readonly string[]): Mutant[] {
  return files.flatMap((file) => {
    const text = readFileSync(new URL(file, ENGINE), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    return edits(source).map(({ start, end, after }) => ({
      name: `${file}: ${lineAt(text, start)}: ${text.slice(start, end)} -> ${after}`,
      file,
      source: text.slice(0, start) + after + text.slice(end),
    }));
  });
}

function lineAt(text: string, at: number): string {
  return text.slice(text.lastIndexOf("\n", at) + 1, text.indexOf("\n", at)).trim();
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly after: string;
}

type Editing = (node: ts.Node, after: string) => void;

function edits(source: ts.SourceFile): Edit[] {
  const found: Edit[] = [];
  const edit: Editing = (node, after) => void found.push({ start: node.getStart(source), end: node.end, after });
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return;
    mutate(node, edit);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function mutate(node: ts.Node, edit: Editing): void {
  if (ts.isBinaryExpression(node)) {
    const after = OPERATORS[node.operatorToken.getText()];
    if (after) edit(node.operatorToken, after);
  }
  const isNegation = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  if (isNegation) edit(node, node.operand.getText());
  if (ts.isNumericLiteral(node)) edit(node, `(${node.getText()} + 1)`);
  if (ts.isStringLiteral(node)) edit(node, JSON.stringify(otherText(node.text)));
  if (node.kind === ts.SyntaxKind.TrueKeyword) edit(node, "false");
  if (node.kind === ts.SyntaxKind.FalseKeyword) edit(node, "true");
  if (ts.isConditionalExpression(node)) edit(node.condition, `!(${node.condition.getText()})`);
  if (ts.isIfStatement(node)) edit(node.expression, "false");
  if (ts.isPropertyAccessExpression(node)) {
    const after = METHODS[node.name.text];
    if (after) edit(node.name, after);
  }
  if (ts.isArrayLiteralExpression(node)) checksOf(node, edit);
}

/** Checks are left out, or come before their turn. */
function checksOf({ elements }: ts.ArrayLiteralExpression, edit: Editing): void {
  elements.forEach((element, i) => {
    const next = elements[i + 1];
    if (!ts.isIdentifier(element) || !element.text.startsWith("of")) return;
    edit(element, "() => null");
    if (next) edit(element, `${next.getText()}, ${element.text}`);
  });
}

/** An alphabet turned round, or a word that nobody knows. */
function otherText(text: string): string {
  return text.length > 20 ? [...text].reverse().join("") : `${text}?`;
}

const scripts = new Map<string, string>();

function scriptOf(file: string, source?: string): string {
  const kept = scripts.get(file);
  if (kept && source === undefined) return kept;
  const text = source ?? readFileSync(new URL(file, ENGINE), "utf8");
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  if (source === undefined) scripts.set(file, outputText);
  return outputText;
}

/** The engine of a mutant, or the sound one. */
export function engineOf(mutant?: Mutant): Engine {
  const loaded = new Map<string, object>();
  const load = (file: string): object => {
    const known = loaded.get(file);
    if (known) return known;
    const exports = {};
    loaded.set(file, exports);
    const script = scriptOf(file, file === mutant?.file ? mutant.source : undefined);
    new Function("exports", "require", script)(exports, (name: string) => load(`${name.replace("./", "")}.ts`));
    return exports;
  };
  return Object.assign({}, ...["codes.ts", "moments.ts", "fold.ts", "verdict.ts"].map(load)) as Engine;
}
