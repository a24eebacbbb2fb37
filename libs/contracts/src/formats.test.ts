import { expect, test } from '@jest/globals';
import { isInstant, isText, isTimeZone } from './formats.ts';

test('a time zone is one by today’s name and by its older ones, as browsers say either', () => {
  for (const zone of [
    'Europe/Paris', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Kolkata', 'Asia/Calcutta',
    'Asia/Kathmandu', 'Asia/Ho_Chi_Minh', 'America/Argentina/Buenos_Aires', 'UTC',
  ]) expect([zone, isTimeZone(zone)]).toEqual([zone, true]);
});

test('an offset, an abbreviation, another case or no zone at all is none', () => {
  for (const zone of ['+02:00', 'CET', 'GMT+2', 'europe/paris', 'Europe/PARIS', 'asia/kolkata', 'Europe/Nowhere', 'Europe/../Paris', ''])
    expect([zone, isTimeZone(zone)]).toEqual([zone, false]);
});

test('text has something to see in it', () => {
  for (const text of ['a', 'é', '“', '𝄞', '👩‍🔧', 'می‌خواهم', '0']) expect([text, isText(text)]).toEqual([text, true]);
  for (const text of ['', '  ', '\u00a0', '\u200b\u200b', '\u2060', '\ufeff', '\u00ad', '\u3164', '\u200d \u200c', 'a\u202eb', 'a\0', '\ud800'])
    expect([text, isText(text)]).toEqual([text, false]);
});

test('an instant is a day that exists, at a time that exists, with its offset', () => {
  for (const instant of [
    '2000-01-01T00:00:00Z', '2028-02-29T23:59:59.123456789+14:00', '2100-12-31T23:59:59-00:30', '2027-04-30T12:00:00Z', '2027-01-31T12:00:00Z',
  ]) expect([instant, isInstant(instant)]).toEqual([instant, true]);
  for (const instant of [
    '2027-02-29T00:00:00Z', '2100-02-29T00:00:00Z', '2027-04-31T00:00:00Z', '2027-01-32T00:00:00Z', '2027-00-10T00:00:00Z',
    '2027-13-01T00:00:00Z', '2027-01-00T00:00:00Z', '1999-12-31T00:00:00Z', '2101-01-01T00:00:00Z',
    '2027-01-01T24:00:00Z', '2027-01-01T00:60:00Z', '2027-01-01T00:00:60Z', '2027-01-01T00:00:00', '2027-01-01T00:00Z', '2027-01-01',
    '2027-01-01T00:00:00.Z', '2027-01-01T00:00:00.1234567890Z', '2027-01-01t00:00:00z', ' 2027-01-01T00:00:00Z', '2027-01-01T00:00:00Z\n', '',
  ]) expect([instant, isInstant(instant)]).toEqual([instant, false]);
});
