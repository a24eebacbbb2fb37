import type { Client } from '../client.ts';
import { expected } from '../client.ts';
import { demoZone } from '../dates.ts';
import type { Narrator } from '../narrator.ts';
import type { LoggedIn, Registered } from '../shapes.ts';

/** Registers a fresh rental company, so that every telling starts from nothing, and logs its manager in. */
export const companyChapter = async (story: Narrator, http: Client): Promise<Client> => {
  story.chapter({ en: 'A rental company opens its account', fr: 'Un loueur ouvre son compte' });
  const run = Date.now().toString(36);
  const person = { email: `camille.${run}@story.example.com`, password: `rideau-projecteur-${run}`, firstName: 'Camille', lastName: 'Moreau' };
  const company = { name: `Atelier Lumière & Son ${run}`, timeZone: demoZone, currency: 'EUR' };
  const registered = expected(await http.post<Registered>('/api/auth/register', { json: { ...person, company } }), 201);
  story.detail({
    en: `${registered.company?.name}; ${person.email} is its ${registered.user.roles.join(', ')}`,
    fr: `${registered.company?.name} ; ${person.email} en est ${registered.user.roles.join(', ')}`,
  });
  const { email, password } = person;
  const login = expected(await http.post<LoggedIn>('/api/auth/login', { json: { email, password } }), 200);
  story.detail({ en: `logged in; the access token lives ${login.expiresIn} s`, fr: `connectée ; le jeton d’accès vit ${login.expiresIn} s` });
  return http.as(login.accessToken);
};
