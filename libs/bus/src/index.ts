/** Contract → NATS: the only package that knows it. */
export { NoAnswer, type Asking } from './ask.ts';
export { busTrouble, closeBus, connectBus, type Bus, type Loop } from './connection.ts';
export { consume, type Consuming, type Consumption, type Heard, type Unreadable } from './consume.ts';
export { decodeEnvelope, schemaOf, typeOf, type Envelope } from './envelope.ts';
export { hearNotices, tellDone, type Notices } from './notice.ts';
export { openPublisher, type Outgoing, type Publisher } from './publish.ts';
export { type Question } from './question.ts';
export { openSender, type Message, type Sender } from './sender.ts';
export { serve, type Serving } from './serve.ts';
export { largestMessage, natsConfig, natsUsers, type NatsUser, type ServerOptions } from './server-config.ts';
export { ackWaitMs, consumerConfig, durables, provision, streams } from './topology.ts';
export { encodeAnswer, jsonType, versionOf, type Answered, type Asked, type Served } from './wire.ts';
