/** People: how they are known, what they may be shown as, and why a company is never without an administrator. */
import { refuse, type OutputOf, type Refusal, type Role, type identity } from '@regie/contracts';

export type PersonView = OutputOf<typeof identity.operations.getUser>;

/** A person as it is kept, without its password. */
export interface Person {
  readonly id: string;
  /** Null for a person alone. */
  readonly companyId: string | null;
  readonly version: number;
  /** In its normal form. */
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string | null;
  /** In its company. */
  readonly roles: readonly Role[];
  readonly platformAdmin: boolean;
  readonly active: boolean;
  readonly emailVerified: boolean;
  readonly lastLoginAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

/** The form an address is compared and kept in: case makes no other person. */
export const normalEmail = (email: string): string => email.normalize('NFC').toLowerCase();

/** All that a token says this person may do. */
export const rolesOf = ({ roles, platformAdmin }: Pick<Person, 'roles' | 'platformAdmin'>): Role[] => [...roles, ...(platformAdmin ? (['platform_admin'] as const) : [])];

export const personView = ({ version: _version, platformAdmin, roles, createdAt, updatedAt, lastLoginAt, archivedAt, ...person }: Person): PersonView => ({
  ...person, roles: rolesOf({ roles, platformAdmin }), createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(),
  lastLoginAt: lastLoginAt?.toISOString() ?? null, archivedAt: archivedAt?.toISOString() ?? null,
});

/** Who may sign in: neither deactivated nor archived. */
export const maySignIn = ({ active, archivedAt }: Person): boolean => active && archivedAt === null;

const administers = (person: Person): boolean => maySignIn(person) && person.roles.includes('admin');

/**
 * Somebody has to be able to let others in.
 * @param others active administrators of the company besides this person
 */
export const keepsAnAdmin = (before: Person, after: Person, others: number): Refusal<'user.last-admin'> | null =>
  administers(before) && !administers(after) && others === 0
    ? refuse('user.last-admin', { en: 'Make somebody else an administrator first.', fr: 'Nommez d’abord un autre administrateur.' })
    : null;

/** The address belongs to somebody, of this company or another. */
export const emailTaken = (): Refusal<'user.email-taken'> =>
  refuse('user.email-taken', { en: 'Sign in with this address, or use another one.', fr: 'Connectez-vous avec cette adresse, ou utilisez-en une autre.' },
    { errors: [{ pointer: '/email', message: { en: 'taken', fr: 'déjà prise' } }] });
