/** The connection to Redis: never waited for, never queued for. */
import { Redis } from 'ioredis';

/** @param failed told when it is away, once until it is back */
export function openRedis(url: string, failed: (error: unknown) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 200,
    connectTimeout: 2_000, retryStrategy: (attempt) => Math.min(200 * attempt, 2_000),
  });
  let told = false;
  // Without a listener an outage of Redis would end the process.
  redis.on('error', (error) => { if (!told) failed(error); told = true; });
  redis.on('ready', () => { told = false; });
  return redis;
}
