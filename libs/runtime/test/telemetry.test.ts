import { expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import { openTracing, parseTraceparent } from '../src/trace.ts';

test('spans go to the endpoint, below the trace they came with', async () => {
  const heard: { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] }[] = [];
  const collector = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => { text += chunk.toString(); }).on('end', () => { heard.push(JSON.parse(text) as never); response.end('{}'); });
  });
  const port = await new Promise<number>((resolve) => { collector.listen(0, '127.0.0.1', () => resolve((collector.address() as { port: number }).port)); });
  const tracing = await openTracing('inventory', `http://127.0.0.1:${port}`, 1);
  const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const span = tracing.span('process op.inventory.equipment.create', 'server', parent, [parent]);
  span.set('regie.status', 201);
  span.end();
  await tracing.stop();
  collector.close();

  expect(span.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  const [sent] = heard.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
  expect(sent).toMatchObject({ traceId: span.traceId, parentSpanId: 'b7ad6b7169203331', name: 'process op.inventory.equipment.create', links: [{ traceId: span.traceId }] });
  expect(parseTraceparent(span.traceparent)?.spanId).toBe(sent!['spanId']);
});

test('without an endpoint the ids are carried all the same', async () => {
  const tracing = await openTracing('inventory', undefined, 1);
  const first = tracing.span('a', 'server');
  const second = tracing.span('b', 'consumer', first.traceparent);
  expect(second.traceId).toBe(first.traceId);
  expect(second.traceparent).not.toBe(first.traceparent);
});

test.each([
  '', 'x', '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
])('%p is no traceparent', (value) => {
  expect(parseTraceparent(value)).toBeUndefined();
});
