/** Stock changed by many at once. Given to the service, which passes, and to its broken variants, which must not. */
import { inventory, type Caller } from '@regie/contracts';
import { aCaller, atOnce } from '@regie/testing';
import { aLine, type Stage } from './stage.ts';

const { createEquipment, getEquipment, patchEquipment, importEquipment } = inventory.operations;
const create = async (stage: Stage, quantityTotal: number, caller: Caller = stage.planner): Promise<string> =>
  (await stage.ask(createEquipment, { body: { name: 'Contested', category: 'sound', quantityTotal } }, caller)).body.id;

/** Ten that saw the same version change it at once. @returns their statuses, sorted */
export async function tenWithOneVersion(stage: Stage): Promise<number[]> {
  const id = await create(stage, 1);
  const answers = await atOnce(10, (index) => stage.ask(patchEquipment, { params: { id }, body: { name: `at once ${index}` }, ifMatch: '"1"' }));
  return answers.map(({ status }) => status).toSorted();
}

/** One list of 50 lines, imported five times at once. @returns how many equipment there are then */
export async function fiveImports(stage: Stage): Promise<number> {
  const caller = aCaller();
  const csv = `name,category,quantity\n${Array.from({ length: 50 }, (_, index) => `Model ${index},SON,1`).join('\n')}`;
  await atOnce(5, () => stage.ask(importEquipment, { body: csv }, caller));
  return (await stage.db.query('select 1 from equipment where company_id = $1', [caller.companyId])).length;
}

/** Orders for single pieces while the total falls. @returns pieces promised beyond the total that is left */
export async function ordersMeetTotals(stage: Stage): Promise<number> {
  const id = await create(stage, 20);
  const orders = Array.from({ length: 20 }, () => stage.order([{ lines: [aLine(id, 1)] }]));
  const publishing = async () => { for (const order of orders) await stage.publish([order]); };
  await Promise.all([atOnce(10, (index) => stage.ask(patchEquipment, { params: { id }, body: { quantityTotal: 20 - 2 * (index + 1) } })), publishing()]);
  const accepted = (await stage.decided(orders)).filter(({ outcome }) => outcome === 'accepted').length;
  return Math.max(0, accepted - (await stage.ask(getEquipment, { params: { id } })).body.quantityTotal);
}
