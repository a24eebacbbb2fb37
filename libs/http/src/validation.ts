/** Checks what came in against its contract: nothing coerced, nothing dropped, nothing filled in. */
import { formats, type FieldError, type Language } from '@regie/contracts';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import fullFormats from 'ajv-formats/dist/formats.js';

/** What a refusal says where nothing more can be said, and where its `errors` say more. */
export const unreadable = { en: 'The request cannot be read.', fr: 'La requête est illisible.' };
export const checkFields = { en: 'Correct the fields named in `errors`.', fr: 'Corrigez les champs indiqués dans `errors`.' };

const strictly: Options = {
  coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: true,
  strict: true, strictTypes: false, strictTuples: false, allowUnionTypes: true,
};

function checking(options: Options): Ajv {
  const ajv = new Ajv(options);
  for (const [name, validate] of Object.entries(formats)) ajv.addFormat(name, validate);
  ajv.addFormat('date', fullFormats.fullFormats.date as { validate: (value: string) => boolean });
  return ajv;
}

const bodies = checking(strictly);
/** Addresses are text: `?limit=10` is a number all the same. `?limit=1&limit=2` is a list, and no number. */
const addresses = checking({ ...strictly, coerceTypes: true });

/** Compiles the schema of one part of a request. */
export const compile = (schema: object, part: 'body' | 'query' | 'params'): ValidateFunction => (part === 'body' ? bodies : addresses).compile(schema);

/** What is wrong, field by field, in the words of who asked; at most twenty. */
export function fieldErrors(errors: readonly ErrorObject[], part: 'body' | 'query' | 'params', language: Language): FieldError[] {
  // A field that may be null fails thrice: as what it is, as null, and as either.
  const telling = errors.filter(({ keyword, params }) => keyword !== 'anyOf' && !(keyword === 'type' && (params as { type?: string }).type === 'null'));
  return (telling.length > 0 ? telling : errors).slice(0, 20).map((error) => ({ pointer: pointerOf(error, part), message: wording(error)[language] }));
}

function pointerOf({ instancePath, keyword, params }: ErrorObject, part: 'body' | 'query' | 'params'): string {
  const named = keyword === 'required' ? (params as { missingProperty: string }).missingProperty
    : keyword === 'additionalProperties' ? (params as { additionalProperty: string }).additionalProperty
    : undefined;
  const path = named === undefined ? instancePath : `${instancePath}/${named.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return part === 'body' ? path : `?${path.slice(1)}`;
}

function wording({ keyword, params, message = '' }: ErrorObject): { en: string; fr: string } {
  const { limit, allowedValues, type, format } = params as { limit?: number; allowedValues?: unknown[]; type?: string; format?: string };
  switch (keyword) {
    case 'required': return { en: 'is required', fr: 'est requis' };
    case 'additionalProperties': return { en: 'is not known', fr: "n'est pas connu" };
    case 'type': return { en: `must be of type ${type}`, fr: `doit être de type ${type}` };
    case 'enum': return { en: `must be one of ${allowedValues?.join(', ')}`, fr: `doit être l'un de ${allowedValues?.join(', ')}` };
    case 'format': return { en: `must be a valid ${format}`, fr: `doit être au format ${format}` };
    case 'pattern': return { en: 'has the wrong form', fr: "n'a pas la bonne forme" };
    case 'minLength': return { en: `must have at least ${limit} characters`, fr: `doit compter au moins ${limit} caractères` };
    case 'maxLength': return { en: `must have at most ${limit} characters`, fr: `doit compter au plus ${limit} caractères` };
    case 'minItems': return { en: `must have at least ${limit} entries`, fr: `doit compter au moins ${limit} éléments` };
    case 'maxItems': return { en: `must have at most ${limit} entries`, fr: `doit compter au plus ${limit} éléments` };
    case 'maxProperties': return { en: `must have at most ${limit} fields`, fr: `doit compter au plus ${limit} champs` };
    case 'minimum': return { en: `must be at least ${limit}`, fr: `doit être au moins ${limit}` };
    case 'maximum': return { en: `must be at most ${limit}`, fr: `doit être au plus ${limit}` };
    default: return { en: message, fr: message };
  }
}
