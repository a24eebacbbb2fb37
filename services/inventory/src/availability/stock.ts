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

/** A place in the order of a company's equipment: when it was made, as the database writes it, and its id. */
export interface StockPlace { readonly madeAt: string; readonly id: string }

/** Before all of it. */
export const firstPlace: StockPlace = { madeAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };
