import { expect, test } from '@jest/globals';
import { notFound, problemOf, refuse } from './problem.ts';

test('a refusal is said in the language of who asked: its title, its detail and each field it points at', () => {
  const refused = notFound({ en: 'equipment', fr: 'matériel' }, '/equipmentId');
  expect(problemOf(refused, 'en')).toMatchObject({ title: 'Not found', detail: 'No such equipment.', errors: [{ pointer: '/equipmentId', message: 'unknown' }] });
  expect(problemOf(refused, 'fr')).toMatchObject({ title: 'Introuvable', detail: 'Introuvable : matériel.', errors: [{ pointer: '/equipmentId', message: 'inconnu' }] });
});

test('what was found wrong at the door is in its language already', () => {
  const errors = [{ pointer: '/name', message: 'est requis' }];
  expect(problemOf(refuse('request.invalid', { en: 'No.', fr: 'Non.' }, { errors }), 'fr').errors).toEqual(errors);
});

test('what a refusal says besides takes no place of a problem\'s own members', () => {
  expect(problemOf(refuse('internal', { en: 'No.', fr: 'Non.' }, { status: 200, code: 'x', blocking: ['a'] }), 'en'))
    .toMatchObject({ status: 500, code: 'internal', blocking: ['a'] });
});
