/** A reservation with TypeORM: a transaction and a row lock per request. */
import 'reflect-metadata';
import { Column, DataSource, Entity, In, LessThan, MoreThan, PrimaryColumn } from 'typeorm';
import { message, peak, uuid7, type Request } from './work.js';

@Entity('equipment')
class Equipment {
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { name: 'quantity_total' }) quantityTotal!: number;
}

@Entity('reservation')
class Reservation {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'company_id' }) companyId!: string;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
  @Column('int') version!: number;
  @Column('int') revision!: number;
  @Column('text') status!: string;
  @Column('timestamptz', { name: 'decided_at' }) decidedAt!: Date;
}

@Entity('reservation_line')
class Line {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'company_id' }) companyId!: string;
  @Column('uuid', { name: 'reservation_id' }) reservationId!: string;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
  @Column('uuid', { name: 'equipment_id' }) equipmentId!: string;
  @Column('int') quantity!: number;
  @Column('timestamptz', { name: 'asked_from' }) askedFrom!: Date;
  @Column('timestamptz', { name: 'asked_to' }) askedTo!: Date;
  @Column('timestamptz', { name: 'starts_at' }) startsAt!: Date;
  @Column('timestamptz', { name: 'ends_at' }) endsAt!: Date;
  @Column('text') status!: string;
  @Column('bigint', { name: 'decided_seq' }) decidedSeq!: number;
  @Column('timestamptz', { name: 'decided_at' }) decidedAt!: Date;
}

@Entity('outbox')
class Outbox {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'aggregate_id' }) aggregateId!: string;
  @Column('int') sequence!: number;
  @Column('text') subject!: string;
  @Column('text') message!: string;
}

/** 16 connections: with more it is slower on two cores. */
export const openStore = (url: string): Promise<DataSource> => new DataSource({ type: 'postgres', url, entities: [Equipment, Reservation, Line, Outbox], poolSize: 16 }).initialize();

/** Locks the equipment in the order of their ids, looks what is taken, writes. @returns false when there is not enough */
export const reserve = (database: DataSource, companyId: string, request: Request): Promise<boolean> =>
  database.transaction(async (manager) => {
    const wanted = request.lines.map(({ equipmentId }) => equipmentId);
    const stock = await manager.find(Equipment, { where: { id: In(wanted) }, order: { id: 'ASC' }, lock: { mode: 'pessimistic_write' } });
    for (const line of request.lines) {
      const taken = await manager.findBy(Line, { equipmentId: line.equipmentId, startsAt: LessThan(line.to), endsAt: MoreThan(line.from), status: In(['reserved', 'delivered']) });
      const total = stock.find(({ id }) => id === line.equipmentId)!.quantityTotal;
      if (peak(taken.map(({ startsAt, endsAt, quantity }) => ({ from: startsAt, to: endsAt, quantity })), line.from, line.to) + line.quantity > total) return false;
    }
    const decidedAt = new Date();
    await manager.insert(Reservation, { id: request.id, companyId, eventId: request.eventId, version: 1, revision: 1, status: 'reserved', decidedAt });
    await manager.insert(Line, request.lines.map(({ equipmentId, from, to, quantity }) => ({
      id: uuid7(), companyId, reservationId: request.id, eventId: request.eventId, equipmentId, quantity, askedFrom: from, askedTo: to, startsAt: from, endsAt: to, status: 'reserved', decidedSeq: 0, decidedAt,
    })));
    await manager.insert(Outbox, { id: uuid7(), aggregateId: request.id, sequence: 1, subject: `evt.${companyId}.inventory.reservation.reserved.v1`, message: message(request, companyId) });
    return true;
  });
