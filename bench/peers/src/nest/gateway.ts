/** NestJS: HTTP in, a NATS request, the answer out. argv: port, natsUrl, fastify|express */
import 'reflect-metadata';
import { Body, Controller, HttpCode, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxy, ClientsModule, Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const [port, servers, adapter] = process.argv.slice(2) as [string, string, string];

@Controller()
class EventsController {
  constructor(@Inject('EVENTS') private readonly events: ClientProxy) {}

  @Post('events')
  @HttpCode(200)
  create(@Body() body: unknown) {
    return this.events.send('hop.echo', body);
  }
}

@Module({
  imports: [ClientsModule.register([{ name: 'EVENTS', transport: Transport.NATS, options: { servers: [servers] } }])],
  controllers: [EventsController],
})
class GatewayModule {}

async function main(): Promise<void> {
  const app = adapter === 'fastify'
    ? await NestFactory.create<NestFastifyApplication>(GatewayModule, new FastifyAdapter(), { logger: false })
    : await NestFactory.create(GatewayModule, { logger: false });
  await app.listen(Number(port), '127.0.0.1');
  console.log('ready');
}
void main();
