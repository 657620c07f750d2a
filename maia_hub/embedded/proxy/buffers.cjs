// Node before 22 lets a stream hold 16 KiB and reads 64 KiB: every read would wait for its write, at a third of the speed.
require('node:stream').setDefaultHighWaterMark(false, Math.max(65536, require('node:stream').getDefaultHighWaterMark(false)));
