/**
 * Bodies: read whole, never more than may come, and strictly. By ourselves and not by Fastify, which makes of each body a resource of its own
 * and looks its type up twice more (docs/adr/0010-written-by-hand.md).
 */
import { isRefusal, refuse, type Operation, type Refusal } from '@regie/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { readJson } from './json.ts';
import { sendProblem } from './problem.ts';
import { checkFields, unreadable } from './validation.ts';

/** Sign-in and the like are short; a large body before a token is only a burden. */
const publicLimit = 16 * 1024;
/** A body that is none. */
export const none = Buffer.alloc(0);

/**
 * Reads a request's body. It calls back once: with the bytes, or with why there are none.
 * @param limit most bytes it may have
 */
export function readWhole(raw: IncomingMessage, limit: number, done: (bytes: Buffer | Refusal) => void): void {
  const { 'content-length': announced, 'transfer-encoding': coded } = raw.headers;
  if (announced === undefined && coded === undefined) { done(none); return; }
  if (Number(announced ?? 0) > limit) { done(tooLarge); return; }
  const chunks: Buffer[] = [];
  let length = 0;
  let over = false;
  const end = (outcome: Buffer | Refusal): void => {
    if (over) return;
    over = true;
    done(outcome);
  };
  raw.on('data', (chunk: Buffer) => {
    // What comes after is let go by.
    if (over) return;
    length += chunk.length;
    if (length > limit) end(tooLarge);
    else chunks.push(chunk);
  });
  raw.on('end', () => end(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
  // The client went away while it sent.
  raw.on('error', () => end(cutOff));
}

type Next = (error?: Error) => void;

/** Takes the body of an operation's request: `request.bytes` as they came, `request.body` as a value. What is wrong with it is answered. */
export function bodyTaker({ body, accepts, roles, bodyLimit }: Operation): (request: FastifyRequest, reply: FastifyReply, next: Next) => void {
  const limit = roles === 'public' ? Math.min(bodyLimit, publicLimit) : bodyLimit;
  const csv = body !== null && accepts === 'text/csv';

  const refusalOf = (request: FastifyRequest, bytes: Buffer | Refusal): Refusal | undefined => {
    if (isRefusal(bytes)) return bytes;
    request.bytes = bytes;
    if (csv) return bytes.length === 0 ? noTable : undefined;
    if (bytes.length === 0) { request.body = {}; return undefined; }
    const read = readJson(bytes);
    if ('malformed' in read) return refuse('request.malformed', read.malformed);
    if ('invalid' in read) return refuse('request.invalid', checkFields, { errors: read.invalid });
    request.body = read.value;
    return body === null && !isEmpty(read.value) ? noBody : undefined;
  };
  return (request, reply, next) => {
    readWhole(request.raw, limit, (bytes) => {
      try {
        const refusal = refusalOf(request, bytes);
        if (refusal) {
          // It may still be sending.
          if (isRefusal(bytes)) reply.header('connection', 'close');
          sendProblem(request, reply, refusal);
          return;
        }
      } catch (error) {
        next(error as Error);
        return;
      }
      next();
    });
  };
}

/** Clients of actions without a body often send `{}`. */
const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

const tooLarge = refuse('request.too-large', { en: 'Send less at once.', fr: 'Envoyez moins à la fois.' });
const cutOff = refuse('request.malformed', unreadable);
const noBody = refuse('request.invalid', { en: 'This takes no body.', fr: "Ceci n'attend pas de corps." });
const noTable = refuse('request.invalid', { en: 'Send the table as the body.', fr: 'Envoyez le tableau dans le corps.' });
