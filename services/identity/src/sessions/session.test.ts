import { describe, expect, test } from '@jest/globals';
import { isLive, judgeRefresh, sessionView, type RefreshToken, type Session } from './session.ts';

const noon = new Date('2026-03-01T12:00:00Z');
const ago = (ms: number): Date => new Date(noon.getTime() - ms);
const day = 86_400_000;
const aSession = (over: Partial<Session> = {}): Session => ({ id: 's', createdAt: ago(day), lastSeenAt: ago(1_000), ip: '192.0.2.7', userAgent: 'test', endedAt: null, ...over });
const aToken = (over: Partial<RefreshToken> = {}): RefreshToken => ({ issuedAt: ago(60_000), usedAt: null, successorUsed: false, successorKept: false, ...over });
const used = (ms: number, over: Partial<RefreshToken> = {}): RefreshToken => aToken({ usedAt: ago(ms), successorKept: true, ...over });

describe('a refresh token', () => {
  test('that was not used is exchanged', () => expect(judgeRefresh(aToken(), aSession(), true, noon)).toBe('rotate'));
  test('used up to ten seconds ago gets the same successor again', () => {
    expect(judgeRefresh(used(10_000), aSession(), true, noon)).toBe('same');
    expect(judgeRefresh(used(10_001), aSession(), true, noon)).toBe('reused');
  });
  test('used by a request that began later gets the same successor too', () => expect(judgeRefresh(used(-3), aSession(), true, noon)).toBe('same'));
  test('whose successor was used was stolen, however fresh', () => expect(judgeRefresh(used(5, { successorUsed: true }), aSession(), true, noon)).toBe('reused'));
  test('whose successor is not kept any more is used twice', () => expect(judgeRefresh(used(5, { successorKept: false }), aSession(), true, noon)).toBe('reused'));
  test('rests at most 7 days', () => {
    expect(judgeRefresh(aToken({ issuedAt: ago(7 * day - 1) }), aSession({ createdAt: ago(8 * day) }), true, noon)).toBe('rotate');
    expect(judgeRefresh(aToken({ issuedAt: ago(7 * day) }), aSession({ createdAt: ago(8 * day) }), true, noon)).toBe('invalid');
  });
  test('dies with its family after 30 days', () => {
    expect(judgeRefresh(aToken(), aSession({ createdAt: ago(30 * day - 1) }), true, noon)).toBe('rotate');
    expect(judgeRefresh(aToken(), aSession({ createdAt: ago(30 * day) }), true, noon)).toBe('invalid');
  });
  test('of an ended session is not valid, and used twice it says so', () => {
    expect(judgeRefresh(aToken(), aSession({ endedAt: ago(1) }), true, noon)).toBe('invalid');
    expect(judgeRefresh(used(5), aSession({ endedAt: ago(1) }), true, noon)).toBe('reused');
  });
  test('is worth nothing in the hands of somebody deactivated', () => expect(judgeRefresh(aToken(), aSession(), false, noon)).toBe('inactive'));
});

describe('a session', () => {
  test('is shown while it can be refreshed', () => {
    expect(isLive(aSession(), noon)).toBe(true);
    expect(isLive(aSession({ endedAt: noon }), noon)).toBe(false);
    expect(isLive(aSession({ lastSeenAt: ago(7 * day) }), noon)).toBe(false);
    expect(isLive(aSession({ createdAt: ago(30 * day) }), noon)).toBe(false);
  });
  test('knows whether it is the one that asks', () => {
    expect(sessionView(aSession(), 's').current).toBe(true);
    expect(sessionView(aSession(), null).current).toBe(false);
  });
});
