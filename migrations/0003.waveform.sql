-- Peaks of the waveform, one byte for each 100 ms that the chunk touches, sealed. NULL until the chunk is decoded, and
-- for what was decoded before there were any.
ALTER TABLE chunks ADD COLUMN peaks bytea;
