export { ByteSink } from '#shared/wasm/byte-sink.ts';
