import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { breaches, isRuleFile, rules } from './support/boundaries.ts';
import { filesBelow, foldersIn, readJson, root } from './support/repository.ts';
import { computed, packageOf, read } from './support/source.ts';

const sources = filesBelow(['libs', 'services', 'stack', 'e2e', 'deploy'], '.ts').map(read);
const shown = (found: ReturnType<typeof breaches>) => found.map(({ rule, file, what }) => `${file}: ${what} — ${rule}`);

describe('the import boundaries', () => {
  test('are judged on what was really read: every package, hundreds of imports, and every line that looks like one', () => {
    const counted = sources.flatMap(({ imports }) => imports).length;
    const looksLike = sources.flatMap(({ text }) => text.match(/^(?:import|export)\s[^'"`;]*?\sfrom\s+'[^']+'|^import\s+'[^']+'/gm) ?? []).length;
    expect(counted).toBeGreaterThan(400);
    expect(counted).toBeGreaterThanOrEqual(looksLike);
    for (const folder of ['libs', 'services']) {
      for (const name of foldersIn(folder))
        expect([`${folder}/${name}`, sources.some((source) => source.path.startsWith(`${folder}/${name}/src/`))]).toEqual([`${folder}/${name}`, true]);
    }
    expect(sources.filter((source) => isRuleFile(source.path)).length).toBeGreaterThan(10);
  });

  test('hold everywhere', () => { expect(shown(breaches(sources))).toEqual([]); });
});

/** Small trees that break one rule each, laid out like the repository; kept as .txt so that nothing else reads them. */
const samples = filesBelow(['broken'], '.ts.txt', path.join(root, 'test/samples')).map(({ path: file, text }) => {
  const [, folder, inside] = /^broken\/([^/]+)\/(.+)\.txt$/.exec(file)!;
  return { folder: folder!, path: inside!, text, breaks: /^\/\/ breaks: (.+)$/m.exec(text)?.[1] };
});

describe('on broken samples', () => {
  test('there is one for every rule', () => { expect(new Set(samples.map(({ breaks }) => breaks))).toEqual(new Set(rules)); });

  test.each(samples)('$folder is seen: $breaks', ({ path: file, text, breaks }) => {
    expect(breaches([read({ path: file, text })]).map(({ rule }) => rule)).toContain(breaks);
  });

  test('the same files put right break nothing', () => {
    const mended = filesBelow(['sound'], '.ts.txt', path.join(root, 'test/samples'))
      .map(({ path: file, text }) => read({ path: file.replace(/^sound\//, '').replace(/\.txt$/, ''), text }));
    expect(mended.length).toBeGreaterThan(3);
    expect(shown(breaches(mended))).toEqual([]);
  });

  test('lint sees those that are about imports, while one types', () => {
    const lintable = samples.filter(({ text }) => text.includes('// lint sees it'));
    expect(lintable.length).toBeGreaterThan(5);
    const folder = mkdtempSync(path.join(tmpdir(), 'regie-lint-'));
    try {
      cpSync(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
      symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
      for (const { path: file, text } of lintable) {
        mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
        writeFileSync(path.join(folder, file), text);
      }
      const told = lint(folder);
      expect(lintable.map((sample) => sample.path).filter((file) => !told.some((line) => line.startsWith(file) && line.includes('no-restricted-imports')))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** One line per fault: `path:line:column: message [rule]`. */
function lint(folder: string): string[] {
  const program = path.join(path.dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin/oxlint');
  try {
    return execFileSync(process.execPath, [program, '-f', 'unix'], { cwd: folder, encoding: 'utf8' }).split('\n');
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout).split('\n');
  }
}

describe('packages', () => {
  const workspaces = ['libs', 'services'].flatMap((folder) => foldersIn(folder).map((name) => `${folder}/${name}`)).concat('stack');
  const ofRoot = Object.keys((readJson('package.json') as { devDependencies: Record<string, string> }).devDependencies);
  const forTestsOnly = new Set([...ofRoot, '@regie/testing']);

  test.each(workspaces)('%s says what it imports, so that an image of it alone has all it needs', (folder) => {
    const { dependencies = {} } = readJson(`${folder}/package.json`) as { dependencies?: Record<string, string> };
    const shipped = sources.filter((source) => source.path.startsWith(`${folder}/src/`) && !source.path.endsWith('.test.ts'));
    const used = new Set(shipped.flatMap(({ imports }) => imports).map(({ specifier }) => specifier).filter((specifier) => !specifier.startsWith('.')).map(packageOf));
    const missing = [...used].filter((name) => name !== 'node:'
      && name !== computed && !builtinModules.includes(name) && !(name in dependencies) && !(folder === 'libs/testing' && forTestsOnly.has(name)));
    expect(missing).toEqual([]);
  });
});
