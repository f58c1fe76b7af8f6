export { gapText } from './bounded-writer.ts';
export { earliestExpirySeconds, measureCertificates } from './certificate-expiry.ts';
export { createLogger, logLevels, silentLogger } from './create-logger.ts';
export type { CreateLoggerOptions, LogLevel } from './create-logger.ts';
export { createHttpEndpoints } from './http-endpoints.ts';
export type { HttpEndpoints, HttpEndpointsOptions, ReadinessCheck } from './http-endpoints.ts';
export type { LogFields, Logger } from './logger.ts';
export { createPlainLogger } from './plain-logger.ts';
export type { PlainLoggerOptions } from './plain-logger.ts';
export { createMetrics } from './metrics.ts';
export { droppedLogLines, standardError, standardOutput } from './standard-streams.ts';
// Components make their metrics with the one copy of the library that the registry is of.
export { Counter, Gauge, Histogram, Registry } from 'prom-client';
