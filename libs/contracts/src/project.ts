/** Answers are cut to what their schema declares: what is not declared never leaves. */
import type { TSchema } from 'typebox';

type Project = (value: unknown) => unknown;
const same: Project = (value) => value;

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly patternProperties?: unknown;
  readonly items?: TSchema | readonly TSchema[];
  readonly anyOf?: readonly TSchema[];
}

/** Compiles a schema into a function that copies only its declared fields, at every depth. */
export function projector(schema: TSchema): Project {
  const { type, properties, items, anyOf } = schema as Shape;
  if (anyOf) {
    const parts = anyOf.map((part) => [part as Shape, projector(part)] as const).filter(([, part]) => part !== same);
    const [structured] = parts;
    if (!structured) return same;
    if (parts.length > 1) throw new Error('An answer may not be one of several objects: give it one shape.');
    const [shape, project] = structured;
    return (value) => ((shape.type === 'array') === Array.isArray(value) && typeof value === 'object' && value !== null ? project(value) : value);
  }
  if (type === 'object' && properties) {
    const fields = Object.entries(properties).map(([name, part]) => [name, projector(part)] as const);
    return (value) => {
      const source = value as Record<string, unknown>;
      const kept: Record<string, unknown> = {};
      for (const [name, project] of fields) if (source[name] !== undefined) kept[name] = project(source[name]);
      return kept;
    };
  }
  if (type === 'array' && items && !Array.isArray(items)) {
    const project = projector(items as TSchema);
    return project === same ? same : (value) => (value as unknown[]).map(project);
  }
  return same;
}
