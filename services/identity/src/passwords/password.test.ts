import { describe, expect, test } from '@jest/globals';
import { commonWords } from './common.ts';
import { judgePassword } from './password.ts';

const camille = { email: 'camille.moreau@lumiere-son.example.com', firstName: 'Camille', lastName: 'Moreau', company: 'Atelier Lumière & Son' };
const judged = (password: string): string | undefined => judgePassword(password, camille)?.detail.en;

describe('a password', () => {
  test('has at least 12 characters, counted as people count them', () => {
    expect(judged('k7#Qz!m2Xw9')).toContain('12');
    expect(judged('k7#Qz!m2Xw9v')).toBeUndefined();
    expect(judged('🎪🎷🎺🎸🥁🎹🎻🎤🎧🎬🎨')).toContain('12');
  });

  test.each([
    'password1234567', 'Password2026!', 'passwordpassword', 'motdepasse2026', 'MotDePasse123',
    'p@ssw0rd1234', 'azertyuiop12', 'qwertyuiop123', '123456789012', '1qaz2wsx3edc', 'abcdefghijkl',
    'aaaaaaaaaaaa', 'abcabcabcabc', '               ', 'iloveyou2026', 'Soleil-Soleil-2026', 'Bienvenue2026!', 'administrateur',
  ])('that everybody thinks of is refused: %s', (password) => expect(judged(password)).toContain('common words'));

  test.each([
    'AtelierLumièreSon', 'atelier-lumiere-son-2026', 'camille.moreau', 'CamilleMoreau1', 'moreau.camille.2026', 'lumiere-son!!!', 'regie-camille-26',
  ])('made of the person’s own names is refused: %s', (password) => expect(judged(password)).toContain('own names'));

  test.each([
    'rideau-projecteur-mb3k2', 'cheval correct pile agrafe', 'trois poivrons dansent', 'vK9-tulipe-42-gradateur', 'xuDq8Zr1LmPw', '山の上の静かな湖に映る月',
  ])('that nobody thinks of will do: %s', (password) => expect(judged(password)).toBeUndefined());

  test('may be as long as a sentence', () => expect(judged('les poivrons trop cuits regardent passer le dirigeable '.repeat(3))).toBeUndefined());
  test('is compared with some thousands of words', () => expect(commonWords.size).toBeGreaterThan(3_000));
});
