/** What the service of events keeps: its events, and the reservations asked for. */
import 'reflect-metadata';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';

@Entity('event')
export class Event {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'company_id' }) companyId!: string;
  @Column('timestamptz', { name: 'installation_at' }) installationAt!: Date;
  @Column('timestamptz', { name: 'dismantling_at' }) dismantlingAt!: Date;
}

@Entity('asked_reservation')
export class AskedReservation {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
  @Column('text') status!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}

@Entity('asked_line')
export class AskedLine {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'reservation_id' }) reservationId!: string;
  @Column('uuid', { name: 'equipment_id' }) equipmentId!: string;
  @Column('int') quantity!: number;
  @Column('timestamptz', { name: 'from_at' }) fromAt!: Date;
  @Column('timestamptz', { name: 'to_at' }) toAt!: Date;
}

/** Its two tables are made at the first start; the events are there. */
export async function openStore(url: string): Promise<DataSource> {
  const database = await new DataSource({ type: 'postgres', url, entities: [Event, AskedReservation, AskedLine], poolSize: 16 }).initialize();
  await database.query('create table if not exists asked_reservation (id uuid primary key, event_id uuid not null references event (id), status text not null, created_at timestamptz not null)');
  await database.query('create table if not exists asked_line (id uuid primary key, reservation_id uuid not null references asked_reservation (id), equipment_id uuid not null, quantity int not null, from_at timestamptz not null, to_at timestamptz not null)');
  return database;
}
