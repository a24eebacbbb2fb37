/** Logs: one JSON line per request and per batch, with trace and request ids; secrets never. */
import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Fields that are blanked wherever they stand. */
const secret = ['password', 'currentPassword', 'newPassword', 'token', 'accessToken', 'refreshToken', 'authorization', 'cookie', 'secret'];

export const openLog = (service: string, level: string): Log =>
  pino({
    level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'msg',
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
  });

/** An error as it is logged: without parameters of statements, which may be personal. */
export const errorFields = (error: unknown): Record<string, unknown> =>
  error instanceof Error ? { error: error.message, code: (error as { code?: string }).code, stack: error.stack?.split('\n').slice(1, 8).map((line) => line.trim()) } : { error: String(error) };
