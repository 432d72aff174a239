// Reads pairs of programs, {name: [one, other]}, and prints the names of those that differ in more than comments and layout.
import { readFileSync } from "node:fs";

import ts from "typescript";

const options = { removeComments: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
const printed = (source) => {
  const { outputText, diagnostics } = ts.transpileModule(source, { compilerOptions: options, reportDiagnostics: true });
  return diagnostics.length > 0 ? `${diagnostics[0].messageText}` : outputText;
};
const pairs = Object.entries(JSON.parse(readFileSync(0, "utf8")));
console.log(JSON.stringify(pairs.filter(([, [one, other]]) => printed(one) !== printed(other)).map(([name]) => name)));
