/** NestJS: the service behind its gateway. argv: natsUrl */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';

const [servers] = process.argv.slice(2) as [string];

@Controller()
class EventsController {
  @MessagePattern('hop.echo')
  echo(@Payload() data: unknown) {
    return { ok: true, data };
  }
}

@Module({ controllers: [EventsController] })
class ServiceModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(ServiceModule, { transport: Transport.NATS, options: { servers: [servers], queue: 'events' }, logger: false });
  await app.listen();
  console.log('ready');
}
void main();
