/** What the gateway is told of where it runs. */
import { Type } from '@regie/contracts';
import { common, readEnvironment } from '@regie/runtime';

const count = (usual: number) => Type.Integer({ minimum: 1, maximum: 100_000_000, default: usual });

const variables = {
  ...common,
  PORT: Type.Integer({ minimum: 1, maximum: 65_535 }),
  REDIS_URL: Type.String({ pattern: '^rediss?://.+' }),
  /** Where the world reaches it: named in the API's description. */
  PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://.+' })),
  /** Web origins that may read answers, separated by commas; none when absent. */
  CORS_ORIGINS: Type.Optional(Type.String()),
  /** Addresses (CIDR, separated by commas) of proxies whose X-Forwarded-For is believed. */
  TRUST_PROXY: Type.Optional(Type.String()),
  /** Tries a minute of one operation like sign-in, per address and account; six times as many per address. */
  RATE_STRICT_PER_MINUTE: count(10),
  /** Requests a minute per person; a tenth of it per address for whoever is not signed in. */
  RATE_PER_MINUTE: count(6_000),
  /** Requests in hand at once, beyond which the answer is 503. */
  MAX_IN_FLIGHT: count(2_000),
};

const list = (value: string | undefined): string[] => (value ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '');

/** @throws one error that names every variable that is missing or wrong */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const env = readEnvironment(variables, environment);
  return {
    env,
    corsOrigins: list(env.CORS_ORIGINS),
    trustedProxies: list(env.TRUST_PROXY),
    rates: {
      strict: env.RATE_STRICT_PER_MINUTE, strictPerAddress: env.RATE_STRICT_PER_MINUTE * 6,
      person: env.RATE_PER_MINUTE, address: Math.max(1, Math.ceil(env.RATE_PER_MINUTE / 10)),
    },
  };
}
export type Config = ReturnType<typeof readConfig>;
export type Rates = Config['rates'];
