/** NestJS: takes a request in a transaction, orders its decision through JetStream, waits for it and keeps it in another. argv: natsUrl, databaseUrl */
import 'reflect-metadata';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { connect, createInbox, headers, type JetStreamClient, type NatsConnection } from 'nats';
import type { DataSource } from 'typeorm';
import { uuid7 } from '../reservations/work.js';
import { AskedLine, AskedReservation, Event, openStore } from './store.js';

const [servers, url] = process.argv.slice(2) as [string, string];

interface Asked { readonly eventId: string; readonly lines: readonly { readonly equipmentId: string; readonly quantity: number }[] }

class Orders {
  private readonly inbox = `${createInbox()}.`;
  private readonly waiting = new Map<string, (accepted: boolean) => void>();
  private readonly stream: JetStreamClient;

  constructor(nc: NatsConnection) {
    this.stream = nc.jetstream();
    nc.subscribe(`${this.inbox}*`, {
      callback: (_, message) => {
        const id = message.subject.slice(this.inbox.length);
        this.waiting.get(id)?.(message.json<{ accepted: boolean }>().accepted);
        this.waiting.delete(id);
      },
    });
  }

  async decide(order: { id: string }): Promise<boolean> {
    const decided = new Promise<boolean>((resolve) => this.waiting.set(order.id, resolve));
    const sent = headers();
    sent.set('answer-to', this.inbox + order.id);
    await this.stream.publish('orders.reserve', JSON.stringify(order), { msgID: order.id, headers: sent });
    return decided;
  }
}

@Controller()
class ReservationsController {
  constructor(@Inject('DATABASE') private readonly database: DataSource, @Inject('ORDERS') private readonly orders: Orders) {}

  @MessagePattern('reservation.request')
  async request(@Payload() { eventId, lines }: Asked) {
    const id = uuid7();
    const { event, asked } = await this.database.transaction(async (manager) => {
      const event = await manager.findOneOrFail(Event, { where: { id: eventId }, lock: { mode: 'pessimistic_read' } });
      const asked = lines.map(({ equipmentId, quantity }) => ({ id: uuid7(), reservationId: id, equipmentId, quantity, fromAt: event.installationAt, toAt: event.dismantlingAt }));
      await manager.insert(AskedReservation, { id, eventId, status: 'requested', createdAt: new Date() });
      await manager.insert(AskedLine, asked);
      return { event, asked };
    });
    const accepted = await this.orders.decide({
      id, eventId, companyId: event.companyId, lines: asked.map(({ equipmentId, quantity, fromAt, toAt }) => ({ equipmentId, quantity, from: fromAt, to: toAt })),
    } as { id: string });
    const status = accepted ? 'reserved' : 'rejected';
    await this.database.transaction((manager) => manager.update(AskedReservation, { id }, { status }));
    return { id, eventId, status, lines: asked };
  }
}

async function main(): Promise<void> {
  const [database, nc] = await Promise.all([openStore(url), connect({ servers })]);
  @Module({ controllers: [ReservationsController], providers: [{ provide: 'DATABASE', useValue: database }, { provide: 'ORDERS', useValue: new Orders(nc) }] })
  class ServiceModule {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(ServiceModule, { transport: Transport.NATS, options: { servers: [servers], queue: 'events' }, logger: false });
  await app.listen();
  console.log('ready');
}
void main();
