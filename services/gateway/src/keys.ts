/** The keys identity signs with: asked at the start, every minute, and when a token names one we do not know. */
import type { Bus } from '@regie/bus';
import { identity } from '@regie/contracts';
import type { JsonWebKey } from 'node:crypto';
import { askOwn, keepFresh, type Kept } from './own-questions.ts';
import type { Tokens } from './tokens.ts';

/** However many unknown keys are named, identity is asked for them this seldom (ms). */
export const unknownKeyPause = 3_000;

export const keepKeys = (bus: Bus, tokens: Tokens, failed: (error: unknown) => void): Kept =>
  keepFresh(async () => tokens.setKeys((await askOwn(bus, identity.operations.getKeys)).keys as JsonWebKey[]), 60_000, failed);
