/** Passwords are kept as argon2id, and checked at the same cost whether there is an account or not. */
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';

/** OWASP's parameters: 19 MiB, two passes, one lane. The algorithm is the package's default, argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** @param kept null where nobody has the address: then it takes as long and is false */
  verify(kept: string | null, password: string): Promise<boolean>;
  /** Was it hashed at another cost than today's? */
  outdated(kept: string): boolean;
  /** How many were checked since the start, each at full cost. */
  checks(): number;
}

/** One character typed in two ways is one password. */
const bytes = (password: string): Buffer => Buffer.from(password.normalize('NFKC'), 'utf8');

export async function openPasswords(): Promise<Passwords> {
  // Of a password nobody knows: what is compared where there is no account.
  const decoy = await hash(randomBytes(32), cost);
  let checks = 0;
  return {
    hash: (password) => hash(bytes(password), cost),
    async verify(kept, password) {
      checks++;
      const right = await verify(kept ?? decoy, bytes(password));
      return right && kept !== null;
    },
    outdated(kept) {
      const { memoryCost, timeCost, parallelism } = parseOptions(kept);
      return memoryCost !== cost.memoryCost || timeCost !== cost.timeCost || parallelism !== cost.parallelism;
    },
    checks: () => checks,
  };
}
