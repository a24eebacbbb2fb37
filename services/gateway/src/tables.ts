/** Exports: asked for page after page, and passed on as fast as the client reads. */
import type { Answered } from '@regie/bus';
import { isRefusal, type Refusal } from '@regie/contracts';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import type { Ask, Question } from './asking.ts';

interface Page { readonly chunk: string; readonly nextCursor: string | null }
const read = ({ body }: Answered): Page => JSON.parse(Buffer.from(body).toString('utf8')) as Page;

/** Milliseconds for one page. */
const pageTime = 10_000;

/**
 * Streams the table; or gives back what keeps it from beginning, and sends nothing.
 * @param begun called once the first page is there
 */
export async function sendTable(reply: FastifyReply, question: Question, ask: Ask, begun: () => void): Promise<Answered | Refusal | undefined> {
  const first = await ask(question);
  if (isRefusal(first) || first.status !== 200) return first;
  begun();
  const name = question.operation.name.split('.')[1] ?? 'export';
  reply.header('content-type', 'text/csv; charset=utf-8; header=present').header('content-disposition', `attachment; filename="${name}.csv"`).header('cache-control', 'no-store');
  reply.send(Readable.from(pages(read(first), question, ask), { objectMode: false, highWaterMark: 64 * 1024 }));
  return undefined;
}

/** What comes after the first page cannot be refused any more: the connection is cut, and the client sees that the table is not whole. */
async function* pages(first: Page, question: Question, ask: Ask): AsyncGenerator<Buffer> {
  let page = first;
  for (;;) {
    if (page.chunk !== '') yield Buffer.from(page.chunk, 'utf8');
    if (page.nextCursor === null) return;
    const next = await ask({ ...question, params: { ...question.params, cursor: page.nextCursor }, deadline: Date.now() + pageTime });
    if (isRefusal(next) || next.status !== 200) throw new Error(`${question.operation.name}: a page is missing (${isRefusal(next) ? next.code : next.status})`);
    page = read(next);
  }
}
