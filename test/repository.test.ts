import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { foldersIn, readJson, root } from './support/repository.ts';

/** What git would ship: the files it follows, and the new ones it would take. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n').filter((file) => file !== '' && existsSync(path.join(root, file)) && statSync(path.join(root, file)).isFile());
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const texts = files.filter((file) => !/\.(png|ico|woff2?)$/.test(file)).map((file) => ({ file, text: textOf(file) }));
const found = (form: RegExp, inFiles = texts): string[] => inFiles.flatMap(({ file, text }) => (text.match(form) ?? []).map((match) => `${file}: ${match.trim().slice(0, 100)}`));
const notThisTest = ({ file }: { file: string }): boolean => file !== 'test/repository.test.ts';

interface Manifest {
  readonly name: string; readonly private?: boolean; readonly license?: string; readonly type?: string;
  readonly dependencies?: Versions; readonly devDependencies?: Versions; readonly overrides?: Versions;
}
type Versions = Readonly<Record<string, string>>;
const manifests = files.filter((file) => path.basename(file) === 'package.json').map((file) => ({ file, manifest: readJson(file) as Manifest }));

describe('what is in the repository', () => {
  test('was read', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(manifests.length).toBeGreaterThan(10);
  });

  test('names no place of the machine it was written on', () => {
    const others = texts.filter(notThisTest);
    expect(found(/(?<![\w.:/-])\/(?:work|root|Users|home)\/[\w.-]+/g, others)).toEqual([]);
    // Containers have a /tmp of their own, and a person may be told to try something there.
    expect(found(/(?<![\w.:/-])\/tmp\/(?!try\b)[\w.-]+/g, others.filter(({ file }) => !/^(deploy\/|docker-compose)/.test(file)))).toEqual([]);
  });

  test('holds no secret', () => {
    const forms = [
      /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}/g, /\bAKIA[0-9A-Z]{16}\b/g,
      /\bgh[pousr]_[A-Za-z0-9]{30,}\b/g, /\bxox[abprs]-[A-Za-z0-9-]{10,}/g, /\bsk_live_[A-Za-z0-9]{10,}/g,
      /\bnpm_[A-Za-z0-9]{36}\b/g, /\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}/g, /\bAC[0-9a-f]{32}\b/g, /_authToken\s*=/g,
    ];
    expect(forms.flatMap((form) => found(form, texts.filter(notThisTest)))).toEqual([]);
    expect(files.filter((file) => /(^|\/)\.env($|\.(?!example$))/.test(file))).toEqual([]);
  });

  test('does not say from which registry it was installed', () => {
    expect(found(/"resolved":\s*"https?:[^"]*"/g, texts.filter(({ file }) => file.endsWith('package-lock.json')))).toEqual([]);
    expect(found(/^registry\s*=.*$/gm, texts.filter(({ file }) => file.endsWith('.npmrc')))).toEqual([]);
  });

  test('uses an exact version of every package', () => {
    const loose = manifests.flatMap(({ file, manifest }) => [manifest.dependencies, manifest.devDependencies, manifest.overrides].flatMap((versions) =>
      Object.entries(versions ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)).map(([name, version]) => `${file}: ${name} ${version}`)));
    expect(loose).toEqual([]);
  });

  test('is licensed, private to npm and made of ES modules in each of its packages', () => {
    const ours = manifests.filter(({ file }) => /^(package\.json|(libs|services)\/[^/]+\/package\.json|stack\/package\.json)$/.test(file));
    expect(ours.map(({ file, manifest: { private: hidden, license, type } }) => [file, hidden, license, type])).toEqual(ours.map(({ file }) => [file, true, 'MIT', 'module']));
  });
});

interface Locked {
  readonly version?: string; readonly link?: boolean; readonly optionalDependencies?: Versions;
  readonly dependencies?: Versions; readonly integrity?: string; readonly inBundle?: boolean;
}
const lock = (readJson('package-lock.json') as { packages: Readonly<Record<string, Locked>> }).packages;

/** Where Node.js would find a package from this place in the lock file: in the nearest folder above. */
function placeOf(name: string, from: string): string | undefined {
  const folders = from === '' ? [] : from.split('/');
  for (let depth = folders.length; depth >= 0; depth--) {
    const place = [...folders.slice(0, depth), 'node_modules', name].join('/');
    if (place in lock) return place;
  }
  return undefined;
}

describe('the lock file', () => {
  test('has every package that another needs, those for other platforms too: npm ci refuses one that lacks them', () => {
    const missing = Object.entries(lock).flatMap(([from, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => placeOf(name, from) === undefined).map((name) => `${from || 'the root'} → ${name}`));
    expect(Object.keys(lock).length).toBeGreaterThan(300);
    expect(missing).toEqual([]);
  });

  test('knows what each package must be, bit by bit', () => {
    expect(Object.entries(lock)
      .filter(([place, { link, integrity, inBundle }]) => place.includes('node_modules/') && !link && !inBundle && integrity === undefined)
      .map(([place]) => place)).toEqual([]);
  });

  test('has the versions that the packages ask for', () => {
    const other = manifests.filter(({ file }) => /^(package\.json|(libs|services)\/[^/]+\/package\.json|stack\/package\.json)$/.test(file))
      .flatMap(({ file, manifest: { dependencies, devDependencies } }) => {
        const folder = path.posix.dirname(file) === '.' ? '' : path.posix.dirname(file);
        return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => {
          const locked = lock[placeOf(name, folder) ?? ''];
          return locked?.link === true || locked?.version === version ? [] : [`${file}: ${name} ${version}, locked ${locked?.version ?? 'not at all'}`];
        });
      });
    expect(other).toEqual([]);
  });
});

/** Every Markdown page and what it links to. */
const pages = texts.filter(({ file }) => file.endsWith('.md'));
const links = pages
  .flatMap(({ file, text }) => [...text.replaceAll(/```[^]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ file, target: target! })))
  .filter(({ target }) => !/^[a-z]+:/.test(target));
/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '').trim().replaceAll(/\s/g, '-');
const anchorsOf = (text: string): Set<string> =>
  new Set([...text.replaceAll(/```[^]*?```/g, '').matchAll(/^#+\s+(.+)$/gm)].map(([, heading]) => anchorOf(heading!)));

describe('the documentation', () => {
  test('links to what there is', () => {
    expect(links.length).toBeGreaterThan(20);
    const dead = links.filter(({ file, target }) => {
      const [to = '', anchor] = target.split('#');
      const page = to === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), to));
      if (!existsSync(path.join(root, page))) return true;
      return anchor !== undefined && page.endsWith('.md') && !anchorsOf(textOf(page)).has(anchor);
    });
    expect(dead).toEqual([]);
  });

  test('names files that exist', () => {
    const named = pages.filter(({ file }) => !file.startsWith('bench/')).flatMap(({ file, text }) =>
      [...text.matchAll(/`((?:libs|services|stack|deploy|docs|test|e2e|\.ci)\/[\w./-]+)`/g)].map(([, name]) => ({ file, name: name! })));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ name }) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  test('has a page for every decision, with its four parts', () => {
    const decisions = pages.filter(({ file }) => /^docs\/adr\/\d{4}-/.test(file));
    expect(decisions.length).toBeGreaterThan(4);
    for (const { file, text } of decisions)
      expect([file, ['Context', 'Decision', 'Consequences', 'Revisions'].filter((part) => !text.includes(`\n## ${part}\n`))]).toEqual([file, []]);
  });

  test('describes every variable that a service reads, and none that no service reads', () => {
    const read = new Set(texts.filter(({ file }) => /^(services\/[^/]+\/src|libs\/runtime\/src)\/(config|settings|environment|migrate)\.ts$/.test(file))
      .flatMap(({ text }) => [...text.matchAll(/^\s+([A-Z][A-Z_]{3,}):|(?<=[{,] )([A-Z][A-Z_]{3,}):|env\['([A-Z_]+)'\]/gm)].map(([, one, two, three]) => one ?? two ?? three!)));
    const table = /## Environment\n([^]*?)\n## /.exec(textOf('docs/operations.md'))?.[1] ?? '';
    const told = new Set([...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name!));
    expect(read.size).toBeGreaterThan(10);
    expect([...read].filter((name) => !told.has(name))).toEqual([]);
    expect([...told].filter((name) => !read.has(name))).toEqual([]);
  });

  test('names every service', () => {
    const readme = textOf('README.md');
    for (const name of foldersIn('services')) expect(readme).toContain(`\`${name}\``);
  });
});

describe('deploying', () => {
  test.each(foldersIn('services'))('%s is in compose, in the Kubernetes base with its probes and its secrets by name, and in no other place by hand', (name) => {
    expect(textOf('docker-compose.yml')).toMatch(new RegExp(`^  ${name}:\n(?:    .*\n)*    build: .*SERVICE: ${name} `, 'm'));
    expect(textOf('deploy/k8s/base/kustomization.yaml')).toContain(`- ${name}.yaml`);
    const manifest = textOf(`deploy/k8s/base/${name}.yaml`);
    for (const part of ['kind: Deployment', 'kind: PodDisruptionBudget', `secretRef: { name: regie-${name} }`]) expect(manifest).toContain(part);
  });

  test.each(foldersIn('services').filter((name) => existsSync(path.join(root, 'services', name, 'src/migrate.ts'))))(
    'the database of %s is set up, in compose and by a Job',
    (name) => {
      expect(textOf('deploy/setup/setup.ts')).toMatch(new RegExp(`^const services = \\[.*'${name}'.*\\]`, 'm'));
      expect(textOf('deploy/docker/Dockerfile')).toContain(`--workspace services/${name}`);
      expect(textOf('deploy/k8s/base/jobs.yaml')).toContain(`name: regie-migrate-${name},`);
      expect(textOf('docker-compose.yml')).toContain(`POSTGRES_PASSWORD_${name.toUpperCase()}_OWNER:`);
    });

  test.each(foldersIn('services'))('lint and the boundary tests know %s as a service', (name) => {
    expect(textOf('.oxlintrc.json')).toMatch(new RegExp(`@regie/\\([\\w|]*\\b${name}\\b`));
    expect(textOf('test/support/boundaries.ts')).toMatch(new RegExp(`^const services = \\[.*'${name}'`, 'm'));
  });

  test('takes every password from outside', () => {
    const given = [...textOf('docker-compose.yml').matchAll(/\$\{([A-Z_]*(?:PASSWORD|SECRET|KEY)[A-Z_]*)([^}]*)\}/g)];
    expect(given.length).toBeGreaterThan(10);
    expect(given.filter(([, , rest]) => !rest!.startsWith(':?')).map(([all]) => all)).toEqual([]);
    const example = textOf('.env.example');
    expect([...new Set(given.map(([, name]) => name!))].filter((name) => !new RegExp(`^${name}=$`, 'm').test(example))).toEqual([]);
  });

  test('holds no Secret', () => { expect(found(/^kind: Secret$/gm, texts.filter(({ file }) => file.startsWith('deploy/')))).toEqual([]); });
});
