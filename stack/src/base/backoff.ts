/** How long to wait before a process that died is started again. */

const first = 500;
const longest = 30_000;
const calm = 60_000;

/** @param deaths how many times in a row it died, from 1. @returns milliseconds: 0.5 s, 1 s, 2 s … 30 s */
export const pauseAfter = (deaths: number): number => Math.min(longest, first * 2 ** Math.max(0, deaths - 1));

/** Deaths in a row after one more; a process that was up for a minute starts counting afresh. @param up milliseconds */
export const deathsAfter = (deaths: number, up: number): number => (up >= calm ? 1 : deaths + 1);
