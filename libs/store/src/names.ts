/** Names that become part of a statement's text. */

/** @throws {TypeError} when it is not a plain lower-case name */
export function checkedName(name: string): string {
  if (!/^[a-z][a-z0-9_-]{0,50}$/.test(name)) throw new TypeError(`not a plain name: ${name}`);
  return name;
}
