/** Customers: a plain resource whose contacts have ids, kept while open events name it. */
import { customers, isRefusal, type events } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { records, uuid7 } from '@regie/store';
import { completeContacts, contactsGone, customerInUse, saidCustomer, type Contact, type SentContact } from './customer.ts';
import { openEventsNaming, openEventsOf } from './customer.store.ts';

const { list, get, create, patch, archive } = records(customers, {
  table: 'customer', said: saidCustomer,
  terms: ({ name, email }) => [name as string, email as string | null],
  async prepare(data, before, tx) {
    const known = (before?.['contacts'] ?? []) as Contact[];
    const contacts = completeContacts((data['contacts'] ?? []) as SentContact[], known, uuid7);
    if (isRefusal(contacts)) return contacts;
    const gone = contactsGone(known, contacts);
    const naming = gone.length === 0 ? [] : await openEventsNaming(tx, gone);
    return naming.length > 0 ? customerInUse(naming) : { ...data, contacts };
  },
  async inUse(tx, id) {
    const open = await openEventsOf(tx, id);
    return open.length > 0 ? customerInUse(open) : null;
  },
});

export const customerOperations = { listCustomers: list, getCustomer: get, createCustomer: create, patchCustomer: patch, archiveCustomer: archive } as HandlersIn<
  Pick<typeof events.operations, 'listCustomers' | 'getCustomer' | 'createCustomer' | 'patchCustomer' | 'archiveCustomer'>
>;
