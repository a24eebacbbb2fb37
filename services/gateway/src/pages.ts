/** What the gateway answers itself: the documents, the vocabulary, health, and a page that says where everything is. */
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { asyncapi, openapi, vocabulary } from '@regie/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface Pages {
  readonly publicUrl: string | undefined;
  /** What makes the process worth restarting, or null. */
  readonly live: () => Promise<string | null>;
  /** What keeps it from doing its work, or null. */
  readonly ready: () => Promise<string | null>;
  /** Refuses whoever asks too often; true when it did. */
  readonly limited: (request: FastifyRequest, reply: FastifyReply) => boolean;
}

export async function servePages(app: FastifyInstance, { publicUrl, live, ready, limited }: Pages): Promise<void> {
  const openapiDocument = openapi(publicUrl === undefined ? {} : { url: publicUrl });
  await app.register(async (open) => {
    open.addHook('onRequest', (request, reply, next) => { if (!limited(request, reply)) next(); });
    const texts = { '/openapi.json': JSON.stringify(openapiDocument), '/asyncapi.json': JSON.stringify(asyncapi()), '/api/vocabulary': JSON.stringify(vocabulary()) };
    for (const [url, text] of Object.entries(texts)) {
      open.get(url, (_, reply) => reply.header('cache-control', 'public, max-age=300').header('content-type', 'application/json; charset=utf-8').send(text));
    }
    open.get('/', (request, reply) =>
      (request.headers.accept ?? '').includes('text/html') ? reply.header('content-type', 'text/html; charset=utf-8').send(homePage)
        : reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(
          { name: 'Régie', docs: '/docs', openapi: '/openapi.json', asyncapi: '/asyncapi.json', vocabulary: '/api/vocabulary', health: '/health/ready' })));
    await open.register(fastifySwagger, { mode: 'static', specification: { document: openapiDocument as never } });
    await open.register(fastifySwaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { docExpansion: 'none', filter: true, persistAuthorization: false } });
  });
  for (const [url, judge] of [['/health/live', live], ['/health/ready', ready]] as const) {
    app.get(url, async (_, reply) => {
      const trouble = await judge();
      // The reason is for whoever runs it, on the health port; the world learns that, not why.
      return reply.code(trouble === null ? 200 : 503).header('cache-control', 'no-store').send({ status: trouble === null ? 'ok' : 'unavailable' });
    });
  }
}

const homePage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Régie</title></head>
<body><main><h1>Régie</h1><p>The back office of companies that equip, staff and run events.</p>
<ul><li><a href="/docs">Documentation of the API</a></li><li><a href="/openapi.json">openapi.json</a></li><li><a href="/asyncapi.json">asyncapi.json</a></li><li><a href="/api/vocabulary">Vocabulary</a></li></ul>
</main></body></html>
`;
