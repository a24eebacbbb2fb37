/** What belongs to one service, on one page: what it answers, obeys, tells, and whom it hears. */
import { commandSubject, factSubject, type Command, type Fact, type Operations } from './define.ts';

export type Stream = 'FACTS' | 'INTERNAL' | 'COMMANDS';

/** A durable consumer of one stream. Its name is its durable's name and stands in the server's permissions. */
export interface Listener<Heard extends Fact | Command = Fact | Command> {
  readonly name: string;
  readonly hears: readonly Heard[];
  /** Everything of these streams (audit), instead of named messages. */
  readonly streams: readonly Stream[];
  /** One slot of what it hears only. */
  readonly slot?: number;
}

export interface ServiceContract {
  readonly name: string;
  readonly operations: Operations;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly commands: Readonly<Record<string, Command>>;
  readonly listeners: Readonly<Record<string, Listener>>;
  /** Commands of other services it may give. */
  readonly orders: readonly Command[];
}

/** Where a message is kept. */
export const streamOf = (message: Fact | Command): Stream =>
  message.kind === 'command' ? 'COMMANDS' : message.visibility === 'partner' ? 'FACTS' : 'INTERNAL';

/** Hears the named messages, all of one stream. */
export const listener = <const Heard extends Fact | Command>(name: string, hears: readonly Heard[]): Listener<Heard> =>
  ({ name, hears, streams: [...new Set(hears.map(streamOf))] });

/** Hears a whole stream, whatever is told in it. */
export const listenToAll = (name: string, stream: Stream): Listener<Fact> => ({ name, hears: [], streams: [stream] });

/** Slots that what it hears is spread over; null where it is not. */
export const slotsOf = ({ hears }: Listener): number | null => hears.find((message): message is Command => message.kind === 'command')?.slots ?? null;

/** The durables of a listener: itself, or one for each slot (`<name>-<slot>`). */
export function partsOf(listener: Listener): readonly Listener[] {
  const slots = slotsOf(listener);
  return slots === null ? [listener] : Array.from({ length: slots }, (_, slot) => ({ ...listener, name: `${listener.name}-${slot}`, slot }));
}

/** The subjects a durable filters on. */
export const filtersOf = ({ hears, streams, slot }: Listener): string[] =>
  hears.length > 0
    ? hears.flatMap((message) => (message.kind === 'command' ? commandFilters(message, slot) : factSubject(message, '*')))
    : streams.map((stream) => ({ FACTS: 'evt.>', INTERNAL: 'int.>', COMMANDS: 'cmd.>' })[stream]);

/** The first slot hears as well what was ordered before there were slots. */
const commandFilters = (message: Command, slot: number | undefined): string[] =>
  slot === undefined ? [commandSubject(message, '*')] : [...(slot === 0 ? [unslotted(message)] : []), commandSubject(message, '*').replace('*', String(slot))];

/** Where a command stood before it had slots: an outbox may still hold some. */
export const unslotted = (message: Command): string => commandSubject({ ...message, slots: null }, '*');

/** Puts a service's contract together. */
export const service = <const Contract extends Omit<ServiceContract, 'orders'> & { orders?: readonly Command[] }>(contract: Contract) =>
  ({ ...contract, orders: contract.orders ?? [] });
