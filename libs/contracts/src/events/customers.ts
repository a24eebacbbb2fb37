/** Customers and their contacts: a plain resource. */
import { planners } from '../caller.ts';
import { Email, Id, list, Name, Note, nullable, object, optional, Phone, Type } from '../common.ts';
import { resource } from '../resource.ts';

const ContactInput = object({ id: optional(Id), name: Name, email: optional(nullable(Email)), phone: optional(nullable(Phone)), role: optional(nullable(Name)) });
export const Contact = object({ id: Id, name: Name, email: nullable(Email), phone: nullable(Phone), role: nullable(Name) });

export const customers = resource('events.customer', {
  said: ['customer', 'customers'], path: '/api/customers', write: planners,
  required: { name: Name },
  optionals: { email: Email, phone: Phone, address: Note, siret: Type.String({ pattern: '^[0-9]{14}$' }), notes: Note },
  input: { contacts: optional(list(ContactInput, 100)) },
  derived: { contacts: list(Contact, 100) },
  sorts: ['-createdAt', 'createdAt', 'name'],
  // A contact that an open event names stays.
  errors: ['customer.in-use'],
  inUse: 'customer.in-use',
});
