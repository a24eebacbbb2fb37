/** An event's way: planned → in progress → completed, or cancelled; and what stands in it. */
import { refuse, type Event, type Refusal } from '@regie/contracts';
import { isOpen } from './event.ts';

/** What is known of an event's reservations when its status is to change: their ids. */
export interface Situation {
  /** Asked for and not decided, among them those whose new dates are not. */
  readonly undecided: readonly string[];
  /** With pieces handed out and not back. */
  readonly out: readonly string[];
}
/** `force` goes on in spite of what is in the way; it needs a reason, which is told with the change. */
export interface How { readonly force?: boolean | undefined; readonly reason?: string | undefined }

type Step<Code extends 'event.lines-undecided' | 'event.items-out'> = Event | Refusal<Code | 'event.state' | 'force.reason-missing'>;

/** Starts; refused while a line is not decided. */
export const started = (event: Event, { undecided }: Situation, how: How): Step<'event.lines-undecided'> =>
  event.status !== 'planned' || event.archivedAt !== null ? wrongState(event)
    : (withoutReason(how) ?? (how.force ? null : linesUndecided(undecided)) ?? { ...event, status: 'in_progress' });

/** Completes; refused while a line is not decided or something is out. */
export const completed = (event: Event, { undecided, out }: Situation, how: How): Step<'event.lines-undecided' | 'event.items-out'> =>
  event.status !== 'in_progress' ? wrongState(event)
    : (withoutReason(how) ?? (how.force ? null : (linesUndecided(undecided) ?? itemsOut(out))) ?? { ...event, status: 'completed' });

/** Cancels; refused while something is out. What is not decided is cancelled with the rest. */
export const cancelled = (event: Event, { out }: Situation, how: How): Step<'event.items-out'> =>
  !isOpen(event) ? wrongState(event) : (withoutReason(how) ?? (how.force ? null : itemsOut(out)) ?? { ...event, status: 'cancelled', cancelReason: how.reason ?? null });

/** Leaves the lists; only when it is planned and nothing is reserved for it. @param live ids of open reservations */
export function archived(event: Event, live: readonly string[], now: Date): Event | Refusal<'event.state' | 'event.in-use'> {
  if (event.status !== 'planned') return wrongState(event);
  if (live.length > 0) return refuse('event.in-use', { en: 'Cancel its reservations first.', fr: 'Annulez d’abord ses réservations.' }, { blocking: live });
  return { ...event, archivedAt: now.toISOString() };
}

const states = { planned: ['planned', 'planifié'], in_progress: ['in progress', 'en cours'], completed: ['completed', 'terminé'], cancelled: ['cancelled', 'annulé'] } as const;
const wrongState = ({ status, archivedAt }: Event): Refusal<'event.state'> => {
  const [en, fr] = archivedAt === null ? states[status] : ['archived', 'archivé'];
  return refuse('event.state', { en: `The event is ${en}: it cannot take this step.`, fr: `L’événement est ${fr} : cette étape n’est pas possible.` }, { state: status });
};

const withoutReason = ({ force, reason }: How): Refusal<'force.reason-missing'> | null =>
  force && reason === undefined ? refuse('force.reason-missing', { en: 'Say why.', fr: 'Indiquez pourquoi.' },
    { errors: [{ pointer: '/reason', message: { en: 'needed with force', fr: 'requis avec force' } }] }) : null;

/** @returns null when nothing is undecided */
export const linesUndecided = (blocking: readonly string[]): Refusal<'event.lines-undecided'> | null =>
  blocking.length === 0 ? null : refuse('event.lines-undecided', {
    en: 'Wait until its reservations are decided, a moment as a rule.', fr: 'Attendez la décision sur ses réservations, un instant en général.',
  }, { blocking });

const itemsOut = (blocking: readonly string[]): Refusal<'event.items-out'> | null =>
  blocking.length === 0 ? null : refuse('event.items-out',
    { en: 'Take back what is out, or force it with a reason.', fr: 'Récupérez le matériel sorti, ou forcez avec un motif.' }, { blocking });
