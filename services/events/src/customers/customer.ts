/** Customers: who their contacts are, and when one may go. */
import { notFound, refuse, type customers, type Refusal, type ResourceState } from '@regie/contracts';

export type Contact = ResourceState<typeof customers>['contacts'][number];
/** A contact as it is sent: with the id it has, or as a new one. */
export type SentContact = Pick<Contact, 'name'> & { readonly [Field in 'id' | 'email' | 'phone' | 'role']?: Contact[Field] | undefined };

export const saidCustomer = { en: 'customer', fr: 'client' };
const saidContact = { en: 'contact', fr: 'contact' };

/**
 * The whole new list of contacts: those with an id stay themselves, those without get one.
 * Fields stand in the order the database gives them back, so that the same contacts compare equal.
 */
export function completeContacts(sent: readonly SentContact[], known: readonly Contact[], newId: () => string): Contact[] | Refusal<'not-found' | 'request.invalid'> {
  const ids = new Set(known.map(({ id }) => id));
  const named = sent.flatMap(({ id }) => id ?? []);
  const unknown = sent.findIndex(({ id }) => id !== undefined && !ids.has(id));
  if (unknown !== -1) return notFound(saidContact, `/contacts/${unknown}/id`);
  if (new Set(named).size < named.length) return refuse('request.invalid', { en: 'Name each contact once.', fr: 'Indiquez chaque contact une seule fois.' },
    { errors: [{ pointer: '/contacts', message: { en: 'id repeated', fr: 'id répété' } }] });
  return sent.map(({ id = newId(), name, role = null, email = null, phone = null }) => ({ id, name, role, email, phone }));
}

/** Ids of contacts that are in the first list only. */
export const contactsGone = (before: readonly Contact[], after: readonly Contact[]): string[] => {
  const kept = new Set(after.map(({ id }) => id));
  return before.flatMap(({ id }) => (kept.has(id) ? [] : [id]));
};

/** Open events still name the customer, or a contact that would go. */
export const customerInUse = (eventIds: readonly string[]): Refusal<'customer.in-use'> =>
  refuse('customer.in-use', {
    en: 'Complete or cancel its open events first, or give them to somebody else.',
    fr: 'Terminez ou annulez d’abord ses événements ouverts, ou confiez-les à quelqu’un d’autre.',
  }, { blocking: eventIds });

/** Does the event name a customer that is there, and one of its contacts? `contacts` is undefined when there is no such customer. */
export function checkCustomer(
  { customerId, contactId }: { readonly customerId: string | null; readonly contactId: string | null }, contacts: readonly Contact[] | undefined,
): Refusal<'not-found'> | null {
  if (customerId !== null && !contacts) return notFound(saidCustomer, '/customerId');
  if (contactId !== null && !contacts?.some(({ id }) => id === contactId)) return notFound(saidContact, '/contactId');
  return null;
}
