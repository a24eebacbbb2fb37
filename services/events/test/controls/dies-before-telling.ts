/** The service as a process that is killed between the commit of a decision and its notice. */
import { runProcess, startService, type ServiceReaction } from '@regie/runtime';
import { parts } from '../../src/events.ts';

const { decisions } = parts.reactions;
const dying: ServiceReaction = {
  ...decisions,
  handle: (messages, { app, ...reacting }) => {
    const send = ({ subject }: { readonly subject: string }) => { if (subject.startsWith('done.')) process.kill(process.pid, 'SIGKILL'); };
    return decisions.handle(messages, { ...reacting, app: { ...app, bus: { ...app.bus, sender: { ...app.bus.sender, send } } } });
  },
};

runProcess(() => startService({ ...parts, reactions: { decisions: dying } }));
