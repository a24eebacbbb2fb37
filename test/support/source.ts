/** What a source file imports and does, read from its syntax tree: a search for text would read comments and strings too. */
import { parseSync } from '@swc/core';
import path from 'node:path/posix';
import type { File } from './repository.ts';

export interface Import {
  readonly specifier: string;
  /** The imported names; `*` for a whole module, none for an import for its effects. */
  readonly names: readonly string[];
  readonly typeOnly: boolean;
}

export interface Source extends File {
  readonly imports: readonly Import[];
  /** Texts of strings and templates. */
  readonly strings: readonly string[];
  /** `Date.now()`, `new Date()`, `process` … as they are written. */
  readonly uses: readonly string[];
  /** Members that are called: `query` of `tx.query(…)`. */
  readonly calls: readonly string[];
  /** Keys of object literals, methods and shorthand included. */
  readonly keys: readonly Key[];
  readonly hasDefaultExport: boolean;
}

/** Stands for what an `import(…)` computes. */
export const computed = '(computed)';

export interface Key {
  readonly name: string;
  /** What stands for it: `operation()` for a call, `.create` for a member of something, empty for anything else. */
  readonly value: string;
}

interface Node { readonly type: string; readonly [field: string]: unknown }
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
const nameOf = (node: unknown): string => (isNode(node) && typeof node['value'] === 'string' ? node['value'] : '');

/** @throws when the file does not parse, with its path */
export function read({ path: file, text }: File): Source {
  const found = { imports: [] as Import[], strings: [] as string[], uses: [] as string[], calls: [] as string[], keys: [] as Key[], hasDefaultExport: false };
  let module: unknown;
  try {
    module = parseSync(text, { syntax: 'typescript', target: 'es2022' });
  } catch (error) {
    throw new Error(`${file} does not parse: ${String(error)}`, { cause: error });
  }
  walk(module, (node) => look(node, found));
  return { path: file, text, ...found };
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) { for (const one of value) walk(one, visit); return; }
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) visit(value);
  for (const child of Object.values(value)) walk(child, visit);
}

type Mutable = { -readonly [Name in keyof Omit<Source, 'path' | 'text'>]: Source[Name] extends readonly (infer One)[] ? One[] : Source[Name] };

const readers: Readonly<Record<string, (node: Node, found: Mutable) => void>> = {
  ImportDeclaration(node, { imports }) {
    imports.push({ specifier: nameOf(node['source']), names: namesOf(node['specifiers']), typeOnly: onlyTypes(node) });
  },
  ExportAllDeclaration(node, { imports }) { imports.push({ specifier: nameOf(node['source']), names: ['*'], typeOnly: false }); },
  ExportNamedDeclaration(node, { imports }) {
    if (isNode(node['source'])) imports.push({ specifier: nameOf(node['source']), names: namesOf(node['specifiers']), typeOnly: node['typeOnly'] === true });
  },
  TsImportType(node, { imports }) { imports.push({ specifier: nameOf(node['argument']), names: ['*'], typeOnly: true }); },
  CallExpression(node, found) {
    const callee = node['callee'] as Node;
    const given = (node['arguments'] as { expression: Node }[])[0]?.expression;
    if (callee.type === 'Import') found.imports.push({ specifier: given?.type === 'StringLiteral' ? nameOf(given) : computed, names: ['*'], typeOnly: false });
    if (callee.type === 'MemberExpression') found.calls.push(nameOf(callee['property']));
  },
  MemberExpression({ object, property }, { uses }) { if (isNode(object) && object.type === 'Identifier') uses.push(`${nameOf(object)}.${nameOf(property)}`); },
  NewExpression({ callee, arguments: given }, { uses }) {
    const none = !Array.isArray(given) || given.length === 0;
    if (isNode(callee) && callee.type === 'Identifier') uses.push(`new ${nameOf(callee)}(${none ? '' : '…'})`);
  },
  StringLiteral(node, { strings }) { strings.push(nameOf(node)); },
  TemplateElement({ raw }, { strings }) { strings.push(String(raw)); },
  ObjectExpression({ properties }, { keys }) {
    for (const property of properties as Node[]) {
      const name = property.type === 'Identifier' ? nameOf(property) : nameOf(property['key']);
      if (name !== '') keys.push({ name, value: valueOf(property['value']) });
    }
  },
  ExportDefaultDeclaration(_, found) { found.hasDefaultExport = true; },
  ExportDefaultExpression(_, found) { found.hasDefaultExport = true; },
};
const look = (node: Node, found: Mutable): void => readers[node.type]?.(node, found);

const valueOf = (node: unknown): string => {
  if (!isNode(node)) return '';
  if (node.type === 'CallExpression') return `${nameOf(node['callee'])}()`;
  return node.type === 'MemberExpression' ? `.${nameOf(node['property'])}` : '';
};

const namesOf = (specifiers: unknown): string[] => (specifiers as Node[]).map(({ type, imported, local, orig }) =>
  type === 'ImportNamespaceSpecifier' || type === 'ExportNamespaceSpecifier' ? '*'
    : type === 'ImportDefaultSpecifier' ? 'default'
    : nameOf(imported) || nameOf(orig) || nameOf(local));

const onlyTypes = (node: Node): boolean => {
  const specifiers = node['specifiers'] as Node[];
  return node['typeOnly'] === true || (specifiers.length > 0 && specifiers.every(({ isTypeOnly }) => isTypeOnly === true));
};

/** The file a relative import means, from the root; undefined for a package. */
export const targetOf = (file: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? path.normalize(path.join(path.dirname(file), specifier)) : undefined;

/** `@scope/name` or `name` of what is imported from a package, `node:` for what Node.js brings. */
export const packageOf = (specifier: string): string =>
  specifier.startsWith('node:') ? 'node:' : specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
