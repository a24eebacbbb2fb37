import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

test('a process without a database loads no driver: it starts sooner and is smaller', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
    console.log(JSON.stringify(loaded.filter((url) => /node_modules\\/(typeorm|pg|@opentelemetry)\\//.test(url) || /libs\\/store\\//.test(url))));`;
  expect(JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } }))).toEqual([]);
}, 30_000);
