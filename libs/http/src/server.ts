/** A Fastify server that answers everything, whatever comes in, in one form; and that no slow client can hold. */
import { problemType, refuse, type Language, type ProblemCode, type Refusal } from '@regie/contracts';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dressAnswers } from './answer.ts';
import { none } from './body.ts';
import { sendProblem } from './problem.ts';
import { checkFields, compile, fieldErrors, unreadable } from './validation.ts';

/** What is known of a request before anything else of it is looked at. */
export interface About {
  readonly requestId: string;
  readonly traceId: string;
  /** W3C; handed to whoever is asked on its behalf. */
  readonly traceparent: string;
  readonly language: Language;
  /** The process stops: the client is to open its next connection elsewhere. */
  readonly last: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined only where the request line could not be read. */
    about: About | undefined;
    /** The body as it came. */
    bytes: Buffer;
  }
}

export interface ServerOptions {
  /** Called first for every request. */
  readonly arrived: (request: FastifyRequest, reply: FastifyReply) => About;
  /** Told what nobody expected; the client learns nothing of it. */
  readonly failed: (error: unknown, request: FastifyRequest) => void;
  /** Addresses (CIDR) of proxies whose X-Forwarded-For is believed; nobody's when empty. */
  readonly trustedProxies?: readonly string[];
  /** Milliseconds a request may take to arrive whole. */
  readonly arrivalTimeout?: number;
}

/** Makes the server; it listens when it is told to. Routes are added after, each with its own checks. */
export function openServer({ arrived, failed, trustedProxies = [], arrivalTimeout = 8_000 }: ServerOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // One of the two alone does nothing against a body that drips in.
    requestTimeout: arrivalTimeout,
    http: { requestTimeout: arrivalTimeout, headersTimeout: arrivalTimeout, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384,
      // Node would answer it itself, without a word; the hook below says what is missing.
      requireHostHeader: false,
    },
    keepAliveTimeout: 72_000,
    // What arrives on an open connection while we stop is still answered.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    // An address that cannot be read: no hook has run yet.
    frameworkErrors(error, request, reply) {
      request.about ??= arrived(request, reply);
      sendProblem(request, reply, refusalOf(error, request) ?? refuse('request.malformed', unreadable));
    },
    clientErrorHandler: sayAndClose,
  });
  app.decorateRequest('about', undefined);
  app.decorateRequest('bytes', undefined as never);
  app.setValidatorCompiler(({ schema, httpPart }) => compile(schema as object, httpPart === 'params' ? 'params' : 'query'));

  app.addHook('onRequest', (request, reply, next) => {
    request.about = arrived(request, reply);
    request.bytes = none;
    // Every request of HTTP/1.1 names the host it is for.
    if (request.headers.host === undefined && request.raw.httpVersion !== '1.0') sendProblem(request, reply, refuse('request.malformed', unreadable));
    // Before its body is read: nobody wants it.
    else if (request.is404) sendProblem(request, reply, unknownAddress(request, reply, routes));
    else next();
  });
  // What a client expects besides 100-continue may be passed over; Node would refuse it without a word.
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => { app.server.emit('request', request, response); });
  dressAnswers(app);
  const routes: Routes = [];
  app.addHook('onRoute', ({ method, path }) => {
    for (const one of [method].flat()) routes.push({ method: one, path: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+').replace(/\*$/, '.*').replace(/\/$/, '')}/?$`) });
  });

  // Fastify reads no body: the operations' routes do (body.ts).
  app.removeAllContentTypeParsers();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error, request);
    if (refusal === undefined) failed(error, request);
    sendProblem(request, reply, refusal ?? refuse('internal', {
      en: 'We were told. Please try again; if it goes on, give us the trace id.',
      fr: 'Nous en sommes informés. Réessayez ; si cela persiste, indiquez-nous l’identifiant de trace.',
    }));
  });
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, unknownAddress(request, reply, routes)));
  return app;
}

/** What the client did wrong, or undefined when it was us. */
function refusalOf(error: Partial<FastifyError> & Error, request: FastifyRequest): Refusal | undefined {
  // An address with an id that cannot be one names nothing.
  if (error.validationContext === 'params' || error.code === 'FST_ERR_MAX_PARAM_LENGTH') return nothingHere;
  if (error.validation !== undefined) return refuse('request.invalid', checkFields, { errors: fieldErrors(error.validation as never, 'query', request.about?.language ?? 'en') });
  if (error.statusCode !== undefined && error.statusCode < 500) return refuse('request.malformed', unreadable);
  // The client went away while it sent.
  return request.raw.aborted || error.code === 'ECONNRESET' ? refuse('request.malformed', unreadable) : undefined;
}

const nothingHere = refuse('not-found', { en: 'There is nothing at this address.', fr: "Il n'y a rien à cette adresse." });

type Routes = { readonly method: string; readonly path: RegExp }[];

function unknownAddress(request: FastifyRequest, reply: FastifyReply, routes: Routes): Refusal {
  const path = request.url.split('?')[0]!;
  const methods = [...new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method))];
  if (methods.length === 0) return nothingHere;
  reply.header('allow', methods.join(', '));
  return refuse('request.method', { en: `Use ${methods.join(', ')}.`, fr: `Utilisez ${methods.join(', ')}.` });
}

/** Connections that end when what is in hand on them is answered. */
const ending = new WeakSet<Socket>();
/** The answer whose turn it is on a connection, when its request came whole. */
const inHandOn = (socket: Socket): ServerResponse | undefined => {
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse | null };
  return answer?.req.complete ? answer : undefined;
};
/** Ends it behind the answer in hand and those that wait for their turn behind that: what they are about is done. */
function endBehind(socket: Socket): void {
  const answer = inHandOn(socket);
  if (answer) answer.once('finish', () => endBehind(socket));
  else socket.end();
}

/** Requests that never became one: too slow, too large a head, not HTTP. There is no reply object for them, only the socket. */
function sayAndClose(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) { socket.destroy(); return; }
  // What came after a whole request is wrong, and that one's answer is still to come: this must not be taken for it. (Node's own handler looks there, too.)
  // It is told of each further piece of it.
  if (ending.has(socket)) return;
  if (inHandOn(socket)) { ending.add(socket); endBehind(socket); return; }
  const [status, code, detail]: [number, ProblemCode, string] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? [408, 'request.timeout', 'Send the whole request within a few seconds.']
    : error.code === 'HPE_HEADER_OVERFLOW' ? [431, 'request.too-large', 'Send fewer or shorter headers.']
    : [400, 'request.malformed', unreadable.en];
  const body = JSON.stringify({ type: `urn:regie:problem:${code}`, title: STATUS_CODES[status], status, detail, code });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n${body}`);
}
