import { expect, test } from '@jest/globals';
import { isoNow, member, openLines } from './lines.ts';
import { openMetrics, timersOf } from './metrics.ts';

test('a member is JSON whatever it holds, and absent when it is not known', () => {
  for (const value of ['plain-1', 'a"b', 'a\\b', 'line\nbreak', 'é', '', '::ffff:127.0.0.1'])
    expect(JSON.parse(`{"first":1${member('it', value)}}`)).toEqual({ first: 1, it: value });
  expect([member('it', undefined), member('it', null)]).toEqual(['', ',"it":null']);
});

test('a line has its level, time, service and message', () => {
  const written: string[] = [];
  openLines('events', true, { write: (text) => written.push(text) }).write(`"status":200${member('route', '/a"b')}`, 'request');
  expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([{ level: 'info', time: expect.any(String), service: 'events', status: 200, route: '/a"b', msg: 'request' }]);
  expect(written[0]!.endsWith('\n')).toBe(true);
});

test('the time goes on', () => {
  const first = isoNow();
  while (Date.now() <= Date.parse(first));
  expect(Date.parse(isoNow())).toBeGreaterThan(Date.parse(first));
});

test('a timer counts with the durations noted under the same labels', () => {
  const metrics = openMetrics('gateway');
  const timer = timersOf(metrics, 'regie_http_seconds');
  timer('a', 200)(0.003);
  timer('a', 200)(20);
  timer('a', 500)(0.003);
  metrics.observe('regie_http_seconds', { operation: 'a', status: '200' }, 0.001);
  const text = metrics.text();
  expect(text).toContain('regie_http_seconds_count{service="gateway",operation="a",status="200"} 3\n');
  expect(text).toContain('regie_http_seconds_bucket{service="gateway",operation="a",status="200",le="0.002"} 1\n');
  expect(text).toContain('regie_http_seconds_bucket{service="gateway",operation="a",status="200",le="0.005"} 2\n');
  expect(text).toContain('regie_http_seconds_bucket{service="gateway",operation="a",status="200",le="+Inf"} 3\n');
  expect(text).toContain('regie_http_seconds_count{service="gateway",operation="a",status="500"} 1\n');
});
