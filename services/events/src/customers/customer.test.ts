import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import { checkCustomer, completeContacts, contactsGone, type Contact } from './customer.ts';

const ana: Contact = { id: 'ana', name: 'Ana', role: null, email: null, phone: null };
const newId = () => 'new';

describe('contacts', () => {
  test('get an id when they are new, and stay themselves when they have one', () => {
    expect(completeContacts([{ id: 'ana', name: 'Ana Ruiz' }, { name: 'Bo', email: 'bo@example.com' }], [ana], newId)).toEqual([
      { id: 'ana', name: 'Ana Ruiz', role: null, email: null, phone: null }, { id: 'new', name: 'Bo', role: null, email: 'bo@example.com', phone: null },
    ]);
  });
  test('with an id of somebody else are unknown, and pointed at', () => {
    expect(completeContacts([{ name: 'Bo' }, { id: 'zoe', name: 'Zoe' }], [ana], newId)).toMatchObject({ code: 'not-found', extra: { errors: [{ pointer: '/contacts/1/id' }] } });
  });
  test('are named once each', () => {
    expect(isRefusal(completeContacts([{ id: 'ana', name: 'Ana' }, { id: 'ana', name: 'Ana 2' }], [ana], newId))).toBe(true);
  });
  test('that are left out go', () => expect(contactsGone([ana, { ...ana, id: 'bo' }], [{ ...ana, id: 'bo' }])).toEqual(['ana']));
});

describe('an event’s customer', () => {
  test('need not be named', () => expect(checkCustomer({ customerId: null, contactId: null }, undefined)).toBeNull());
  test('must be there', () => expect(checkCustomer({ customerId: 'c', contactId: null }, undefined))
    .toMatchObject({ code: 'not-found', extra: { errors: [{ pointer: '/customerId' }] } }));
  test('has the contact that is named', () => {
    expect(checkCustomer({ customerId: 'c', contactId: 'ana' }, [ana])).toBeNull();
    expect(checkCustomer({ customerId: 'c', contactId: 'bo' }, [ana])).toMatchObject({ extra: { errors: [{ pointer: '/contactId' }] } });
    expect(checkCustomer({ customerId: null, contactId: 'ana' }, undefined)).toMatchObject({ extra: { errors: [{ pointer: '/contactId' }] } });
  });
});
