/** The table at the end of a start. */

export interface Row {
  readonly label: string;
  readonly lines: readonly string[];
}

/** Labels in one column, what belongs to them in the next; a group per array, an empty line between groups. */
export function table(title: string, groups: readonly (readonly Row[])[]): string {
  const width = Math.max(0, ...groups.flat().map(({ label }) => label.length));
  const rows = (group: readonly Row[]): string[] =>
    group.flatMap(({ label, lines }) => lines.map((line, at) => `  ${(at === 0 ? label : '').padEnd(width)}   ${line}`.trimEnd()));
  const shown = groups.filter((group) => group.some(({ lines }) => lines.length > 0)).map((group) => rows(group).join('\n'));
  return ['', `  ${title}`, '', shown.join('\n\n'), ''].join('\n');
}
