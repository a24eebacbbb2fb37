/** Identity on one page: people, companies, sessions, and the keys that tokens are signed with. */
import { identity } from '@regie/contracts';
import { errorFields, type ServiceParts } from '@regie/runtime';
import { accessOperations } from './access/access.operations.ts';
import { companyOperations } from './companies/company.operations.ts';
import { tables } from './database.ts';
import { keyOperations } from './keys/key.operations.ts';
import { startKeyTimer } from './keys/key.timer.ts';
import { passwordOperations } from './passwords/password.operations.ts';
import { namePlatformAdmin } from './people/platform-admin.timer.ts';
import { personOperations } from './people/person.operations.ts';
import { profileOperations } from './people/profile.operations.ts';
import { registrationOperations } from './people/registration.operations.ts';
import { startForgetting } from './sessions/forget.timer.ts';
import { refreshOperations } from './sessions/refresh.operations.ts';
import { sessionOperations } from './sessions/session.operations.ts';
import { loginOperations } from './sign-in/login.operations.ts';
import type { Tools } from './tools.ts';

/** The service, given its secrets and its password hashing. */
export const parts = (tools: Tools): ServiceParts<typeof identity> => ({
  contract: identity,
  tables,
  operations: {
    ...registrationOperations(tools), ...loginOperations(tools), ...refreshOperations(tools), ...sessionOperations, ...passwordOperations(tools),
    ...profileOperations, ...personOperations(tools), ...companyOperations, ...keyOperations, ...accessOperations,
  },
  reactions: {},
  alongside({ app, db }) {
    const stops = [startKeyTimer(app, db, tools.ring), startForgetting(app, db)];
    const naming = tools.platformAdmin === null ? Promise.resolve()
      : namePlatformAdmin(db, tools.platformAdmin).catch((error: unknown) => app.log.warn(errorFields(error), 'platform administrator'));
    app.metrics.gauge('regie_password_checks', () => tools.passwords.checks());
    return async () => { await Promise.all([naming, ...stops.map((stop) => stop())]); };
  },
});
