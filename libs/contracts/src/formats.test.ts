import { expect, test } from '@jest/globals';
import { isText, isTimeZone } from './formats.ts';

test('a time zone is one by today’s name and by its older ones, as browsers say either', () => {
  for (const zone of ['Europe/Paris', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Kolkata', 'Asia/Calcutta', 'Asia/Kathmandu', 'Asia/Ho_Chi_Minh', 'America/Argentina/Buenos_Aires', 'UTC']) expect([zone, isTimeZone(zone)]).toEqual([zone, true]);
});

test('an offset, an abbreviation, another case or no zone at all is none', () => {
  for (const zone of ['+02:00', 'CET', 'GMT+2', 'europe/paris', 'Europe/PARIS', 'asia/kolkata', 'Europe/Nowhere', 'Europe/../Paris', '']) expect([zone, isTimeZone(zone)]).toEqual([zone, false]);
});

test('text has something to see in it', () => {
  for (const text of ['a', 'é', '“', '𝄞', '👩‍🔧', 'می‌خواهم', '0']) expect([text, isText(text)]).toEqual([text, true]);
  for (const text of ['', '  ', '\u00a0', '\u200b\u200b', '\u2060', '\ufeff', '\u00ad', '\u3164', '\u200d \u200c', 'a\u202eb', 'a\0', '\ud800']) expect([text, isText(text)]).toEqual([text, false]);
});
