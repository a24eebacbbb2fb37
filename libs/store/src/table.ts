/** Tables without decorators. */
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';

/** An EntitySchema whose columns must cover the row type: forget one, and it does not compile. */
export const table = <Row extends object>(name: string, columns: { readonly [Column in keyof Row]-?: EntitySchemaColumnOptions }): EntitySchema<Row> =>
  new EntitySchema<Row>({ name, tableName: name, columns });
