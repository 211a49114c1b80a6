import { testQueues } from '../queue-conformance.ts';

testQueues('amqp');
