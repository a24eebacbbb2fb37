/** Redis and MongoDB: do they answer, and which are they. */
import { createConnection } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { messageOf } from '../../base/problem.ts';
import { withMongo } from '../connections.ts';
import type { Surroundings } from '../surroundings.ts';
import { bad, good, judge, unnamed, type Finding } from './finding.ts';

const patience = 5_000;

export async function redisFindings({ address }: Surroundings): Promise<Finding[]> {
  const url = address('redis');
  if (url === undefined) return [unnamed('Redis', 'REDIS_URL')];
  try {
    const version = /(?:valkey|redis)_version:(\S+)/.exec(await redisSays(new URL(url)))?.[1];
    return [judge(version !== undefined,
      { en: `Redis protocol, version ${version ?? ''}, answers`, fr: `protocole Redis, version ${version ?? ''}, répond` },
      { en: 'Redis answers something unknown', fr: 'Redis donne une réponse inconnue' },
      { en: 'correct REDIS_URL (is its password right?)', fr: 'corriger REDIS_URL (le mot de passe est-il juste ?)' })];
  } catch (error) {
    return [bad({ en: `Redis does not answer: ${messageOf(error)}`, fr: `Redis ne répond pas : ${messageOf(error)}` }, {
      en: 'start it, or correct REDIS_URL; without it requests are limited more strictly',
      fr: 'le démarrer, ou corriger REDIS_URL ; sans lui les limites sont plus strictes',
    })];
  }
}

/** What INFO answers, spoken by hand: one question is not worth a client. */
const redisSays = ({ protocol, hostname, port, username, password }: URL): Promise<string> => new Promise((resolve, reject) => {
  const to = { host: hostname, port: Number(port || 6_379) };
  const socket = protocol === 'rediss:' ? connectSecurely({ ...to, servername: hostname }) : createConnection(to);
  let heard = '';
  const part = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  const send = (...parts: string[]) => socket.write(`*${parts.length}\r\n${parts.map(part).join('')}`);
  if (password !== '') send('AUTH', ...(username === '' ? [] : [decodeURIComponent(username)]), decodeURIComponent(password));
  send('INFO', 'server');
  socket.setTimeout(patience, () => socket.destroy(new Error('no answer')));
  socket.once('error', reject).once('close', () => resolve(heard)).on('data', (chunk) => {
    heard += chunk.toString();
    if (/_version:\S+\r\n/.test(heard) || heard.includes('-')) socket.end();
  });
});

export async function documentFindings({ address, run }: Surroundings): Promise<Finding[]> {
  const url = address('mongodb');
  if (url === undefined) return [unnamed('MongoDB', 'MONGODB_URL')];
  try {
    return await withMongo(url, async (db) => {
      const { version } = (await db.admin().command({ buildInfo: 1 })) as { version?: string };
      const waiting = await db.collection('quarantine').countDocuments({ replayedAt: null });
      const conflicts = await db.collection('conflicts').countDocuments();
      const stand = run?.servers['mongodb']?.from.startsWith('SecantusDB')
        ? { en: ' (SecantusDB, for development only)', fr: ' (SecantusDB, pour le développement seulement)' }
        : { en: '', fr: '' };
      return [
        good({ en: `MongoDB protocol ${version ?? ''} answers${stand.en}`, fr: `protocole MongoDB ${version ?? ''} répond${stand.fr}` }),
        judge(
          waiting === 0,
          { en: 'audit: nothing in quarantine', fr: 'audit : rien en quarantaine' },
          { en: `audit: ${waiting} message(s) in quarantine`, fr: `audit : ${waiting} message(s) en quarantaine` },
          { en: '`npx regie quarantine list`', fr: '`npx regie quarantine list`' }),
        judge(
          conflicts === 0,
          { en: 'audit: no fact came twice with another content', fr: 'audit : aucun fait n’est venu deux fois avec un autre contenu' },
          { en: `audit: ${conflicts} fact(s) came under the id of another one`, fr: `audit : ${conflicts} fait(s) venus sous l’identifiant d’un autre` },
          {
            en: 'compare them: collection `conflicts` beside the trail (`npx regie audit verify`); somebody wrote facts by hand',
            fr: 'les comparer : collection `conflicts` à côté du journal (`npx regie audit verify`) ; quelqu’un a écrit des faits à la main',
          }),
      ];
    });
  } catch (error) {
    return [bad({ en: `MongoDB does not answer: ${messageOf(error)}`, fr: `MongoDB ne répond pas : ${messageOf(error)}` }, {
      en: 'start it, or correct MONGODB_URL; meanwhile facts wait in the streams, nothing is lost',
      fr: 'le démarrer, ou corriger MONGODB_URL ; en attendant les faits restent dans les flux, rien n’est perdu',
    })];
  }
}
