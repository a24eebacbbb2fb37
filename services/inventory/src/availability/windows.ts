/** Which parts of time have to be read to decide. */

export interface Window {
  readonly companyId: string;
  readonly equipmentId: string;
  readonly from: number;
  readonly to: number;
}

/** Windows of one equipment that overlap or touch become one, so that nothing is read twice. */
export function mergeWindows(windows: readonly Window[]): Window[] {
  const byEquipment = Map.groupBy(windows, ({ equipmentId }) => equipmentId);
  return [...byEquipment.values()].flatMap((own) => {
    const merged: { companyId: string; equipmentId: string; from: number; to: number }[] = [];
    for (const window of own.toSorted((a, b) => a.from - b.from)) {
      const last = merged.at(-1);
      if (last && window.from <= last.to) last.to = Math.max(last.to, window.to);
      else merged.push({ ...window });
    }
    return merged;
  });
}
