/* Lines for Elasticsearch: ECS on stdout, or in a file, where Filebeat or Elastic Agent takes them. */
import { ecsFormat } from '@elastic/ecs-winston-format';
import winston from 'winston';
import { outage } from './outage.ts';

const logger = winston.createLogger({
  format: ecsFormat({ serviceName: 'shop' }),
  transports: [new winston.transports.Console()],
});

await outage(logger);
