/** The environment a service starts in, checked once, before anything else: every fault is named at once. */
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const Url = Type.String({ pattern: '^[a-z+]+://.+' });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });

/** What every service reads. */
export const common = {
  NATS_URL: Url,
  HEALTH_PORT: Port,
  /** Where health and metrics listen. */
  HOST: Type.String({ default: '127.0.0.1' }),
  LOG_LEVEL: Type.Enum(['debug', 'info', 'warn', 'error'], { default: 'info' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Url),
  /** 0 to 1: the part of new traces that is recorded. */
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ minimum: 0, maximum: 1, default: 0.1 }),
  /** 32 bytes, base64url: seals addresses and user agents for the audit trail. Without it they are left out. */
  ORIGIN_KEY: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })),
};
/** What a service with a database reads besides. */
export const withDatabase = { DATABASE_URL: Url, DATABASE_POOL: Type.Integer({ minimum: 1, maximum: 50, default: 5 }) };

/**
 * Reads and checks the environment.
 * @throws one error that names every variable that is missing or wrong, never its value: it may be a secret
 */
export function readEnvironment<const Properties extends Type.TProperties>(properties: Properties, env: NodeJS.ProcessEnv = process.env): Static<Type.TObject<Properties>> {
  const schema = Type.Object(properties);
  const present = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in properties && value !== undefined && value !== ''));
  const read: unknown = Value.Convert(schema, Value.Default(schema, present));
  const wrong = [...Value.Errors(schema, read)].map(({ instancePath, params, message }) => {
    const missing = (params as { requiredProperties?: string[] }).requiredProperties;
    return missing ? `${missing.join(', ')} missing` : `${instancePath.slice(1)} ${message}`;
  });
  if (wrong.length > 0) throw new Error(`This environment will not do: ${[...new Set(wrong)].join('; ')}.`);
  return read as Static<Type.TObject<Properties>>;
}
