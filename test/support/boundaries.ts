/** Who may import what. Lint says much of it while one types; this says all of it, and counts what it read. */
import { computed, packageOf, targetOf, type Import, type Source } from './source.ts';

export interface Breach {
  readonly rule: Rule;
  readonly file: string;
  readonly what: string;
}

const services = ['gateway', 'identity', 'inventory', 'events', 'audit'];
const databases = ['typeorm', 'pg', 'mongodb', 'ioredis'];
/** What of @regie/store is SQL, or takes SQL: for stores and migrations. The rest (transactions, ids, answers) is for operations too. */
const sqlOfStore = [
  'infrastructureSql', 'tenantSql', 'recordTableSql', 'termTableSql', 'table', 'listRows',
  'searchConditions', 'saveTerms', 'termsOf', 'mirror', 'asPlatform', 'firstTime',
];
/** A package of libs may build on those listed, never the other way. */
const layers: Readonly<Record<string, readonly string[]>> = {
  contracts: [], http: ['contracts'], bus: ['contracts'], store: ['contracts', 'bus'], runtime: ['contracts', 'bus', 'store'], testing: ['contracts', 'bus', 'store', 'runtime'],
};
const impure = /^(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.\w+|crypto\.\w+)$/;
const sql = /\b(select\s[^]*\sfrom\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s)/i;

/** Where a file stands. */
const placeOf = (file: string) => {
  const service = /^services\/([^/]+)\//.exec(file)?.[1];
  const library = /^libs\/([^/]+)\//.exec(file)?.[1];
  const isTest = /\.test\.ts$|\/test\/|^(test|e2e|bench|libs\/testing)\//.test(file);
  return { service, library, isTest, shipped: !isTest && (service ?? library) !== undefined };
};

/** `services/<name>/src/<feature>/<thing>.ts`, without a second suffix. */
export const isRuleFile = (file: string): boolean => /^services\/[^/]+\/src\/(?!migrations\/)[^/]+\/(?:[^/]+\/)*[^/.]+\.ts$/.test(file);
const isStore = (file: string): boolean => /\.store\.ts$|^services\/[^/]+\/src\/(database\.ts|migrations\/)/.test(file);
const isHandler = (file: string): boolean => /\.(operations|reactions|timer)\.ts$/.test(file);

type Check = (source: Source, one: Import, target: string | undefined) => boolean;
/** Each says whether an import breaks it. */
const importRules = {
  'a rule imports contracts and rules only': ({ path }, { specifier }, target) =>
    isRuleFile(path) && specifier !== '@regie/contracts' && !(target !== undefined && isRuleFile(target) && sameService(path, target)),
  'a service imports no other service': ({ path }, { specifier }, target) => {
    const named = services.find((name) => packageOf(specifier) === `@regie/${name}`) ?? /^services\/([^/]+)/.exec(target ?? '')?.[1];
    return named !== undefined && named !== placeOf(path).service && !/^(e2e|bench|test)\//.test(path);
  },
  'only libs/bus speaks NATS': ({ path }, { specifier }) => !path.startsWith('libs/bus/') && !placeOf(path).isTest && /^(@nats-io\/|nats$)/.test(specifier),
  'only stores speak to databases': ({ path }, { specifier, names, typeOnly }) => {
    const { service, shipped } = placeOf(path);
    if (!shipped || isStore(path) || path.startsWith('libs/store/')) return false;
    if (specifier === '@regie/store') return service !== undefined && names.some((name) => sqlOfStore.includes(name));
    if (!databases.includes(packageOf(specifier))) return false;
    // The gateway's Redis, and the type of a table that a service hands to the runtime.
    if (path === 'services/gateway/src/redis.ts') return packageOf(specifier) !== 'ioredis';
    return !(typeOnly && ['libs/runtime/src/service.ts', 'services/gateway/src/limits.ts'].includes(path));
  },
  'contracts import typebox only': ({ path }, { specifier }, target) =>
    path.startsWith('libs/contracts/src/') && !placeOf(path).isTest && packageOf(specifier) !== 'typebox' && !(target?.startsWith('libs/contracts/src/') ?? false),
  'only the gateway speaks HTTP': ({ path }, { specifier }) =>
    placeOf(path).shipped && !/^(services\/gateway|libs\/http)\//.test(path) && /^(@regie\/http|fastify|@fastify\/.+)$/.test(specifier),
  'libraries build on those below them': ({ path }, { specifier }) => {
    const { library, isTest } = placeOf(path);
    const [, used] = /^@regie\/(.+)$/.exec(specifier) ?? [];
    return library !== undefined && (!isTest || library === 'testing') && used !== undefined && !(layers[library] ?? []).includes(used);
  },
  'a package is entered by its public file': ({ path }, { specifier }, target) => {
    if (/^@regie\/[^/]+\//.test(specifier)) return true;
    const [home] = /^(libs|services)\/[^/]+\//.exec(path) ?? [];
    return home !== undefined && target !== undefined && !target.startsWith(home);
  },
  'an import names what it imports': ({ path }, { specifier }) => placeOf(path).shipped && specifier === computed,
  'shipped code does not import tests': ({ path }, { specifier }, target) =>
    placeOf(path).shipped && (specifier === '@regie/testing' || specifier === '@jest/globals' || (target !== undefined && placeOf(target).isTest)),
} as const satisfies Readonly<Record<string, Check>>;

/** Each names what in a file breaks it. */
const sourceRules = {
  'a rule is given what it needs: time, chance and surroundings too': ({ path, uses }) => (isRuleFile(path) ? uses.filter((use) => impure.test(use)) : []),
  'SQL stands in stores': ({ path, strings, calls }) => {
    if (!isRuleFile(path) && !isHandler(path)) return [];
    return [...strings.filter((text) => sql.test(text)), ...calls.filter((called) => called === 'query' || called === 'getRepository' || called === 'createQueryBuilder')];
  },
  'exports have names': ({ path, hasDefaultExport }) => (hasDefaultExport && placeOf(path).shipped ? ['export default'] : []),
} as const satisfies Readonly<Record<string, (source: Source) => readonly string[]>>;

export type Rule = keyof typeof importRules | keyof typeof sourceRules;
export const rules = [...Object.keys(importRules), ...Object.keys(sourceRules)] as Rule[];

const sameService = (one: string, other: string): boolean => placeOf(one).service === placeOf(other).service;

/** Everything in these files that breaks a rule. */
export const breaches = (sources: readonly Source[]): Breach[] => sources.flatMap((source) => [
  ...source.imports.flatMap((one) => Object.entries<Check>(importRules)
    .filter(([, broken]) => broken(source, one, targetOf(source.path, one.specifier)))
    .map(([rule]) => ({ rule: rule as Rule, file: source.path, what: one.specifier }))),
  ...Object.entries(sourceRules).flatMap(([rule, broken]) => broken(source).map((what) => ({ rule: rule as Rule, file: source.path, what }))),
]);
