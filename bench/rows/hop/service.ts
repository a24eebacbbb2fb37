/** The service of the hop: the events contract, answered without a database, so that the hop alone is measured. */
import { encodeAnswer } from '@regie/bus';
import { events } from '@regie/contracts';
import { answerOperations, common, openApp, openHealth, readEnvironment } from '@regie/runtime';

const app = await openApp('events', readEnvironment(common));
const now = '2026-11-21T10:00:00.000Z';
const empty = Object.fromEntries(Object.keys(events.facts.eventCreated.state.properties).map((name) => [name, null]));
answerOperations(app, events.operations, ({ operation, input, caller }) => {
  const answer = { ...empty, ...input, id: '019aa5b4-0000-7000-8000-000000000001', createdAt: now, updatedAt: now, status: 'planned', createdBy: caller.id };
  return Promise.resolve(encodeAnswer(operation, answer as never, caller, input));
}, () => false);
await openHealth(app);
process.once('SIGTERM', () => process.exit(0));
