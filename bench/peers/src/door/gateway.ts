/** NestJS: HTTP in, a NATS request, the decided reservation out. argv: port, natsUrl */
import 'reflect-metadata';
import { Body, Controller, Inject, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxy, ClientsModule, Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const [port, servers] = process.argv.slice(2) as [string, string];

@Controller()
class ReservationsController {
  constructor(@Inject('EVENTS') private readonly events: ClientProxy) {}

  @Post('events/:id/reservations')
  create(@Param('id') eventId: string, @Body() body: object) {
    return this.events.send('reservation.request', { ...body, eventId });
  }
}

@Module({
  imports: [ClientsModule.register([{ name: 'EVENTS', transport: Transport.NATS, options: { servers: [servers] } }])],
  controllers: [ReservationsController],
})
class GatewayModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule, new FastifyAdapter(), { logger: false });
  await app.listen(Number(port), '127.0.0.1');
  console.log('ready');
}
void main();
