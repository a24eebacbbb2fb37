/** Equipment as far as deciding about it needs. */

export interface Stock {
  readonly id: string;
  readonly companyId: string;
  readonly reference: string;
  readonly category: string;
  readonly subcategory: string | null;
  readonly tracking: 'bulk' | 'serialised';
  /** What can be promised: nothing of what is archived. */
  readonly total: number;
  readonly archived: boolean;
  readonly prepMs: number;
  readonly turnaroundMs: number;
}
