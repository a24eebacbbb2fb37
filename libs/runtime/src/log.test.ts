import { expect, test } from '@jest/globals';
import { blanked } from './log.ts';

test('secrets are blanked wherever they stand, and nothing else is', () => {
  expect(blanked({
    op: 'identity.session.open', password: 'x',
    body: { email: 'ana@rental.example.com', newPassword: 'y', tokens: { accessToken: 'z' } }, traceIds: ['t'], at: null,
  })).toEqual({
    op: 'identity.session.open', password: '[secret]',
    body: { email: 'ana@rental.example.com', newPassword: '[secret]', tokens: { accessToken: '[secret]' } }, traceIds: ['t'], at: null,
  });
});

test('what is nested deeper than anybody reads is not written', () => {
  expect(blanked({ a: { b: { c: { d: { secret: 'x' } } } } })).toEqual({ a: { b: { c: { d: '[deep]' } } } });
});
