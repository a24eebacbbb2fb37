import { parseArgs } from 'node:util';
import { auditChapter } from './chapters/audit.ts';
import { companyChapter } from './chapters/company.ts';
import { crowdChapter } from './chapters/crowd.ts';
import { refusalChapter } from './chapters/refusal.ts';
import { reservationChapter } from './chapters/reservation.ts';
import { stockChapter } from './chapters/stock.ts';
import { touchingChapter } from './chapters/touching.ts';
import { warehouseChapter } from './chapters/warehouse.ts';
import { workshopChapter } from './chapters/workshop.ts';
import { client, requestLine, Unexpected } from './client.ts';
import type { Watch } from './client.ts';
import { languageOf, narrator } from './narrator.ts';
import type { Narrator } from './narrator.ts';
import { findGateway } from './running.ts';

/** Tells the whole main job against one gateway. Throws `Unexpected` at the first answer that is not as it should be. */
const tell = async (gateway: string, story: Narrator): Promise<void> => {
  const begun = performance.now();
  let requests = 0;
  let waits = 0;
  const watch: Watch = {
    answered: (answer, quiet) => {
      requests += 1;
      if (!quiet) story.line(requestLine(answer));
    },
    later: (status, seconds, quiet) => {
      waits += 1;
      if (!quiet) story.line(`${status}, Retry-After: ${seconds}`);
    },
  };
  const http = await companyChapter(story, client(gateway, watch, story.lang));
  const stock = await stockChapter(story, http);
  const first = await reservationChapter(story, http, stock);
  await refusalChapter(story, http, stock, first);
  const next = await touchingChapter(story, http, stock, first);
  await crowdChapter(story, http, stock);
  const repair = await warehouseChapter(story, http, stock, first);
  await workshopChapter(story, http, stock, repair, next);
  await auditChapter(story, http, stock);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  story.chapter({ en: 'The end', fr: 'Fin' });
  story.say({
    en: `Each of the ${requests} requests was answered as it should be, in ${seconds} s.`,
    fr: `Chacune des ${requests} requêtes a eu la réponse attendue, en ${seconds} s.`,
  });
  if (waits > 0)
    story.say({
      en: `The gateway said "later" ${waits} times, and was asked again.`,
      fr: `La passerelle a dit « plus tard » ${waits} fois, et on a redemandé.`,
    });
};

const { values } = parseArgs({ options: { lang: { type: 'string' }, gateway: { type: 'string' } } });
const story = narrator(
  languageOf(values.lang, process.env),
  (line) => process.stdout.write(`${line}\n`),
  process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
);
const running = await findGateway(values.gateway);

if ('missing' in running) {
  story.say(running.missing);
  process.exitCode = 1;
} else {
  try {
    await tell(running.gateway, story);
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    story.say({
      en: `The story stops here, because this is not as it should be:\n${error.message}`,
      fr: `L’histoire s’arrête ici, car ceci n’est pas conforme :\n${error.message}`,
    });
    process.exitCode = 1;
  }
}
